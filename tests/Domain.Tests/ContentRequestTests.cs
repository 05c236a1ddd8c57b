using RooCoord.Domain.Files;

namespace RooCoord.Domain.Tests;

public sealed class ContentRequestTests
{
    private const string Tag = "\"1-abc\"";
    private const string Same = "Sun, 06 Nov 1994 08:49:37 GMT";
    private const string Earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
    private const string Later = "Sun, 06 Nov 1994 08:49:38 GMT";
    private static readonly DateTimeOffset Modified = new(1994, 11, 6, 8, 49, 37, TimeSpan.Zero);

    private static ContentAnswer Decide(ContentRequest request) => request.Decide(Tag, Modified, modifiedIsStrong: true, 100);

    [TestCase(Tag, ContentStatus.Whole)]
    [TestCase("*", ContentStatus.Whole)]
    [TestCase("\"x\", " + Tag, ContentStatus.Whole)]
    [TestCase("\"x,y\"," + Tag, ContentStatus.Whole)]
    [TestCase("\"x\"", ContentStatus.PreconditionFailed)]
    [TestCase("W/" + Tag, ContentStatus.PreconditionFailed)]
    [TestCase("1-abc", ContentStatus.PreconditionFailed)]
    [TestCase("", ContentStatus.PreconditionFailed)]
    public void IfMatch_TakesStrongTagsOnly(string header, ContentStatus expected) =>
        Assert.That(Decide(new() { IfMatch = header }).Status, Is.EqualTo(expected));

    [TestCase(Tag, ContentStatus.NotModified)]
    [TestCase("W/" + Tag, ContentStatus.NotModified)]
    [TestCase("*", ContentStatus.NotModified)]
    [TestCase("\"x\", W/\"y\" ,, " + Tag, ContentStatus.NotModified)]
    [TestCase("\"x\"", ContentStatus.Whole)]
    [TestCase("1-abc", ContentStatus.Whole)]
    [TestCase("\"1-abc", ContentStatus.Whole)]
    [TestCase(Tag + " " + Tag, ContentStatus.Whole)]
    public void IfNoneMatch_TakesWeakTagsToo(string header, ContentStatus expected) =>
        Assert.That(Decide(new() { IfNoneMatch = header }).Status, Is.EqualTo(expected));

    [TestCase(Same, ContentStatus.NotModified)]
    [TestCase(Later, ContentStatus.NotModified)]
    [TestCase(Earlier, ContentStatus.Whole)]
    [TestCase("Sunday, 06-Nov-94 08:49:37 GMT", ContentStatus.NotModified)]
    [TestCase("Sun Nov  6 08:49:37 1994", ContentStatus.NotModified)]
    [TestCase("yesterday", ContentStatus.Whole)]
    [TestCase("", ContentStatus.Whole)]
    public void IfModifiedSince_TakesAllThreeForms(string header, ContentStatus expected) =>
        Assert.That(Decide(new() { IfModifiedSince = header }).Status, Is.EqualTo(expected));

    [TestCase(Same, ContentStatus.Whole)]
    [TestCase(Later, ContentStatus.Whole)]
    [TestCase(Earlier, ContentStatus.PreconditionFailed)]
    [TestCase("yesterday", ContentStatus.Whole)]
    public void IfUnmodifiedSince_RefusesWhatIsNewer(string header, ContentStatus expected) =>
        Assert.That(Decide(new() { IfUnmodifiedSince = header }).Status, Is.EqualTo(expected));

    [Test]
    public void Tags_CountOverDates() => Assert.Multiple(() =>
    {
        Assert.That(Decide(new() { IfNoneMatch = "\"x\"", IfModifiedSince = Same }).Status, Is.EqualTo(ContentStatus.Whole));
        Assert.That(Decide(new() { IfMatch = Tag, IfUnmodifiedSince = Earlier }).Status, Is.EqualTo(ContentStatus.Whole));
        Assert.That(Decide(new() { IfMatch = "\"x\"", IfNoneMatch = Tag }).Status, Is.EqualTo(ContentStatus.PreconditionFailed));
        Assert.That(Decide(new() { IfNoneMatch = Tag, Range = "bytes=0-9" }).Status, Is.EqualTo(ContentStatus.NotModified));
    });

    [TestCase(Tag, ContentStatus.Partial)]
    [TestCase(Same, ContentStatus.Partial)]
    [TestCase("W/" + Tag, ContentStatus.Whole)]
    [TestCase("\"x\"", ContentStatus.Whole)]
    [TestCase("\"x\", " + Tag, ContentStatus.Whole)]
    [TestCase("*", ContentStatus.Whole)]
    [TestCase(Later, ContentStatus.Whole)]
    [TestCase(Earlier, ContentStatus.Whole)]
    [TestCase("", ContentStatus.Whole)]
    public void IfRange_IsAnExactMatch(string header, ContentStatus expected) =>
        Assert.That(Decide(new() { IfRange = header, Range = "bytes=0-9" }).Status, Is.EqualTo(expected));

    [Test]
    public void Range_IsIgnoredOnHead_AndUnsatisfiableBeyondTheEnd() => Assert.Multiple(() =>
    {
        Assert.That(Decide(new() { IsHead = true, Range = "bytes=0-9" }).Status, Is.EqualTo(ContentStatus.Whole));
        Assert.That(Decide(new() { IsHead = true, Range = "bytes=100-" }).Status, Is.EqualTo(ContentStatus.Whole));
        Assert.That(Decide(new() { Range = "bytes=100-" }).Status, Is.EqualTo(ContentStatus.Unsatisfiable));
        Assert.That(Decide(new() { Range = "bytes=100-", IfRange = "\"x\"" }).Status, Is.EqualTo(ContentStatus.Whole));
    });

    [Test]
    public void Begins_WhenTheFirstByteIsAmongThem() => Assert.Multiple(() =>
    {
        Assert.That(Decide(new()).Begins);
        Assert.That(Decide(new() { Range = "bytes=50-,0-1" }).Begins);
        Assert.That(Decide(new() { Range = "bytes=1-" }).Begins, Is.False);
    });
}
