using System.Xml;
using System.Xml.Linq;

/// <summary>Counted from each single result: the counters of a trx file report no skipped test as such.</summary>
sealed class TestOutcomes
{
    static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    public int Passed { get; private set; }
    public List<(string Name, string Reason)> Failed { get; } = [];
    public List<(string Name, string Reason)> Skipped { get; } = [];
    public List<string> Unreadable { get; } = [];

    public bool Good => Passed > 0 && Failed.Count == 0 && Unreadable.Count == 0;

    public static TestOutcomes Read(string folder)
    {
        var outcomes = new TestOutcomes();
        foreach (var file in Directory.EnumerateFiles(folder, "*.trx", SearchOption.AllDirectories))
        {
            try
            {
                outcomes.Add(XDocument.Load(file));
            }
            catch (XmlException problem)
            {
                outcomes.Unreadable.Add($"{Path.GetFileName(file)}: {problem.Message}");
            }
        }
        return outcomes;
    }

    public void Print()
    {
        foreach (var problem in Unreadable)
            Console.WriteLine($"unreadable  {problem}");
        foreach (var (name, reason) in Failed.Order())
            Console.WriteLine($"failed   {name}: {reason}");
        foreach (var (name, reason) in Skipped.Order())
            Console.WriteLine($"skipped  {name}: {reason}");
        Console.WriteLine($"{Passed} passed, {Failed.Count} failed, {Skipped.Count} skipped");
    }

    void Add(XDocument run)
    {
        var classes = run.Descendants(Trx + "UnitTest").ToDictionary(
            test => (string?)test.Attribute("id") ?? "", test => (string?)test.Element(Trx + "TestMethod")?.Attribute("className"));
        foreach (var result in run.Descendants(Trx + "UnitTestResult"))
        {
            var name = $"{classes.GetValueOrDefault((string?)result.Attribute("testId") ?? "")}.{(string?)result.Attribute("testName")}";
            switch ((string?)result.Attribute("outcome"))
            {
                case "Passed":
                    Passed++;
                    break;
                case "NotExecuted" or "Inconclusive" or "NotRunnable":
                    Skipped.Add((name, Reason(result)));
                    break;
                default: // Failed, Error, Timeout, Aborted
                    Failed.Add((name, Reason(result)));
                    break;
            }
        }
    }

    static string Reason(XElement result) =>
        result.Descendants(Trx + "Message").Concat(result.Descendants(Trx + "StdOut"))
            .Select(text => text.Value.Trim()).FirstOrDefault(text => text.Length > 0)?.ReplaceLineEndings(" ") ?? "no reason given";
}
