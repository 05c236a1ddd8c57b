using System.Reflection;

namespace RooCoord.Architecture.Tests;

/// <summary>Domain ← Application ← Infrastructure ← Api; Contracts is seen by Application, Api and SDKs, never by Domain.</summary>
public sealed class ReferenceRules
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["RooCoord.Contracts"] = [],
        ["RooCoord.Domain"] = [],
        ["RooCoord.Application"] = ["RooCoord.Domain", "RooCoord.Contracts"],
        ["RooCoord.Infrastructure"] = ["RooCoord.Application", "RooCoord.Domain"],
        ["RooCoord.Api"] = ["RooCoord.Infrastructure", "RooCoord.Application", "RooCoord.Domain", "RooCoord.Contracts"],
    };

    [TestCaseSource(nameof(Names))]
    public void Assembly_ReferencesOnlyTheRoomsBelowIt(string name)
    {
        var seen = Assembly.Load(name).GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("RooCoord.", StringComparison.Ordinal));
        Assert.That(seen.Except(Allowed[name]), Is.Empty);
    }

    [TestCase("RooCoord.Contracts")]
    [TestCase("RooCoord.Domain")]
    public void InnermostRooms_UseOnlyTheRuntime(string name)
    {
        var foreign = Assembly.Load(name).GetReferencedAssemblies().Select(a => a.Name!).Where(n => !n.StartsWith("System.", StringComparison.Ordinal) && n != "netstandard");
        Assert.That(foreign, Is.Empty);
    }

    [Test]
    public void Application_KnowsNoDatabaseAndNoHub()
    {
        var names = Assembly.Load("RooCoord.Application").GetReferencedAssemblies().Select(a => a.Name!);
        Assert.That(names.Where(n => n.Contains("Sqlite", StringComparison.Ordinal) || n is "Npgsql" or "Dapper" || n.StartsWith("Microsoft.AspNetCore.SignalR", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCaseSource(nameof(Names))]
    public void Types_LieInTheNamespaceOfTheirRoom(string name) => Assert.That(
        Assembly.Load(name).GetTypes().Where(t => t.Namespace?.StartsWith("RooCoord", StringComparison.Ordinal) == true && !t.Namespace.StartsWith(name, StringComparison.Ordinal)), Is.Empty);

    private static IEnumerable<string> Names => Allowed.Keys;
}
