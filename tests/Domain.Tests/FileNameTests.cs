using RooCoord.Domain.Files;

namespace RooCoord.Domain.Tests;

public sealed class FileNameTests
{
    [TestCase("../../etc/passwd", "passwd"), TestCase("..\\..\\windows\\system.ini", "system.ini"), TestCase("/", "unnamed"), TestCase("..", "unnamed"), TestCase("a/..", "unnamed")]
    [TestCase("C:\\x\\y.txt", "y.txt"), TestCase("C:evil", "C_evil"), TestCase("a:b|c?.txt", "a_b_c_.txt"), TestCase("file.txt::$DATA", "file.txt__$DATA")]
    [TestCase("CON", "_CON"), TestCase("con.txt", "_con.txt"), TestCase("nul .tar.gz", "_nul .tar.gz"), TestCase("LPT1", "_LPT1"), TestCase("com¹.x", "_com¹.x"), TestCase("COM0", "COM0"), TestCase("console", "console")]
    [TestCase("photo\u202Egpj.exe", "photogpj.exe"), TestCase("a\u2066b\u2069", "ab"), TestCase("\uFEFFa", "a"), TestCase("a\r\nSet-Cookie: x", "aSet-Cookie_ x"), TestCase("a\0.txt", "a.txt"), TestCase("a\u2028b", "ab")]
    [TestCase(" .hidden. ", "hidden"), TestCase("\u00A0a\u3000", "a"), TestCase("", "unnamed"), TestCase(null, "unnamed"), TestCase("\uD800", "unnamed"), TestCase("x\uDC00y", "xy")]
    [TestCase("नमस्ते.pdf", "नमस्ते.pdf"), TestCase("👨\u200D👩\u200D👧.png", "👨\u200D👩\u200D👧.png"), TestCase("می\u200Cخواهم", "می\u200Cخواهم")]
    public void HostileNames_AreMadeSafe_AndOthersKept(string? name, string safe) => Assert.That(FileNames.Safe(name), Is.EqualTo(safe));

    [Test]
    public void AMegabyteOfName_IsCutAndKeepsItsExtension()
    {
        var safe = FileNames.Safe(new string('x', 1_000_000) + ".tar.gz");
        Assert.That((safe.Length, safe), Is.EqualTo((FileNames.MaxLength, new string('x', FileNames.MaxLength - 3) + ".gz")));
        Assert.That(FileNames.Safe(string.Concat(Enumerable.Repeat("😀", 500_000))), Has.Length.InRange(FileNames.MaxLength - 1, FileNames.MaxLength).And.EndsWith("😀"));
    }

    [Test]
    public void WhatIsSafe_IsLeftAsItIs()
    {
        var random = new Random(20);
        char[] alphabet = ['.', ' ', '/', '\\', 'a', 'C', 'o', 'N', '1', ':', '\u202E', '\u200D', '\uD83D', '\uDE00', '\0', '\u00A0', 'é', '\u2028', '\uFEFF'];
        for (var i = 0; i < 3_000; i++)
        {
            var name = new string([.. Enumerable.Range(0, random.Next(400)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            var safe = FileNames.Safe(name);
            Assert.That(FileNames.Safe(safe), Is.EqualTo(safe));
            Assert.That(safe, Has.Length.InRange(1, FileNames.MaxLength).And.Not.Contain("/").And.Not.Contain("\\"));
            Assert.That(FileNames.Require(safe), Is.EqualTo(safe));
        }
    }

    [TestCase("a/b"), TestCase("con"), TestCase(" a"), TestCase(""), TestCase(null), TestCase("a\u202Eb")]
    public void ANameGivenOnPurpose_MustBeSafe(string? name) => Assert.That(() => FileNames.Require(name), Throws.TypeOf<Fault>());
}
