using RooCoord.Domain.Files;

namespace RooCoord.Domain.Tests;

public sealed class ByteRangeTests
{
    private static string Parse(string? header, long size = 100) =>
        ByteRanges.Parse(header, size) is { } ranges ? string.Join(' ', ranges.Select(r => $"{r.Start}-{r.Last}")) : "whole";

    [TestCase("bytes=0-9", "0-9")]
    [TestCase("bytes=90-", "90-99")]
    [TestCase("bytes=90-1000", "90-99")]
    [TestCase("bytes=-10", "90-99")]
    [TestCase("bytes=-1000", "0-99")]
    [TestCase("bytes=99-99", "99-99")]
    [TestCase("BYTES=0-0", "0-0")]
    [TestCase("bytes= 0-0 ,\t5-6", "0-0 5-6")]
    [TestCase("bytes=,0-0,,5-6,", "0-0 5-6")]
    [TestCase("bytes=0-99999999999999999999999", "0-99")]
    [TestCase("bytes=-99999999999999999999999", "0-99")]
    public void ARange_IsCutToTheFile(string header, string expected) => Assert.That(Parse(header), Is.EqualTo(expected));

    [TestCase("bytes=100-")]
    [TestCase("bytes=100-200")]
    [TestCase("bytes=-0")]
    [TestCase("bytes=100-,200-300,-0")]
    [TestCase("bytes=99999999999999999999999-")]
    public void NoRangeThatExists_IsNone(string header) => Assert.That(Parse(header), Is.Empty);

    [TestCase(null)]
    [TestCase("")]
    [TestCase("items=0-9")]
    [TestCase("bytes")]
    [TestCase("bytes=")]
    [TestCase("bytes=,")]
    [TestCase("bytes=9-0")]
    [TestCase("bytes=-")]
    [TestCase("bytes=a-9")]
    [TestCase("bytes=0-9a")]
    [TestCase("bytes=+1-9")]
    [TestCase("bytes=0 - 9")]
    [TestCase("bytes=5")]
    [TestCase("bytes=--5")]
    [TestCase("bytes=0-9,9-0")]
    [TestCase("bytes=0-9;20-29")]
    [TestCase("bytes =0-9")]
    [TestCase("bytes=0-9,bytes=20-29")]
    public void WhatIsMalformedOrUnknown_IsIgnored(string? header) => Assert.That(Parse(header), Is.EqualTo("whole"));

    [TestCase("bytes=50-59,0-9", "50-59 0-9")]
    [TestCase("bytes=0-9,200-300,20-29", "0-9 20-29")]
    [TestCase("bytes=0-9,5-14", "0-14")]
    [TestCase("bytes=20-29,0-9,10-19", "0-29")]
    [TestCase("bytes=0-,0-,0-", "0-99")]
    [TestCase("bytes=50-59,0-9,55-70", "0-9 50-70")]
    [TestCase("bytes=0-50,10-20,80-", "0-50 80-99")]
    public void SeveralRanges_BringNoByteTwice(string header, string expected) => Assert.That(Parse(header), Is.EqualTo(expected));

    [Test]
    public void ManyRanges_AreTheWhole_UnlessTheyAreFewOnceMadeOne()
    {
        var apart = string.Join(',', Enumerable.Range(0, ByteRanges.MaxParts + 1).Select(i => $"{i * 2}-{i * 2}"));
        var overlapping = string.Join(',', Enumerable.Repeat("0-", 10_000));
        Assert.That((Parse($"bytes={apart}", 1_000), Parse($"bytes={overlapping}")), Is.EqualTo(("whole", "0-99")));
    }

    [TestCase("bytes=0-", "")]
    [TestCase("bytes=0-9", "")]
    [TestCase("bytes=-0", "")]
    [TestCase("bytes=-5", "whole")]
    public void AnEmptyFile_HasNoRange(string header, string expected) => Assert.That(Parse(header, 0), Is.EqualTo(expected));
}
