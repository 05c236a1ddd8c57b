using System.Globalization;
using System.Text.RegularExpressions;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>A line of the balancer's access log; <paramref name="Nodes"/>: host:port of those asked, in order, the last one answered.</summary>
internal sealed partial record AccessLine(string Method, string Path, int Status, IReadOnlyList<string> Nodes)
{
    public string Node => Nodes[^1];

    public static AccessLine Parse(string line)
    {
        var match = Form().Match(line);
        Assert.That(match.Success, Is.True, () => $"a line of another form: {line}");
        return new(match.Groups["method"].Value, match.Groups["path"].Value, int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture),
            match.Groups["nodes"].Value.Split(", "));
    }

    [GeneratedRegex("""^\S+ \[\S+\] "(?<method>\S*) (?<path>.*?) \S*" (?<status>\d+) \d+ \d+ [\d.]+s "(?<nodes>[^"]*)" "[^"]*" ".*"$""")]
    private static partial Regex Form();
}
