using System.Text;
using RooCoord.Domain.Files;

namespace RooCoord.Domain.Tests;

public sealed class MediaTypeTests
{
    private const string Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    // Latin-1: a character a byte.
    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static string Of(string head, string? claim = null, string name = "a") => MediaTypes.Of(Bytes(head), claim, name);

    private static string Iso(string brand, params string[] compatible) =>
        $"\0\0\0{(char)(16 + 4 * compatible.Length)}ftyp{brand}\0\0\0\0{string.Concat(compatible)}";

    private static string Zip(string name, string content = "", string more = "") =>
        $"PK\x03\x04{new string('\0', 22)}{(char)name.Length}\0\0\0{name}{content}{more}";

    // MPEG 1 layer 3 of 128 kbit/s at 44.1 kHz: frames of 417 bytes.
    private static string Mp3(int second = 417) => "\xFF\xFB\x90\0" + new string('\0', second - 4) + "\xFF\xFB\x90\0" + new string('\0', 600);

    // ADTS of 100 bytes.
    private static readonly string Aac = string.Concat(Enumerable.Repeat("\xFF\xF1\x50\x80\x0C\x9F\xFC" + new string('\0', 93), 3));

    private static IEnumerable<TestCaseData> Known()
    {
        (string Head, string Type)[] cases =
        [
            ("\x89PNG\r\n\x1a\n....", "image/png"), ("\xFF\xD8\xFF\xE0", "image/jpeg"), ("GIF89a", "image/gif"), ("GIF87a", "image/gif"),
            ("RIFF\x10\0\0\0WEBPVP8 ", "image/webp"), ("RIFF\x10\0\0\0WAVEfmt ", "audio/wav"), ("RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
            (Iso("heic", "mif1"), "image/heic"), (Iso("heix"), "image/heic"), (Iso("mif1", "mif1", "heic"), "image/heic"), (Iso("mif1", "mif1", "avif"), "image/avif"),
            (Iso("msf1", "mif1"), "image/heif"), (Iso("avif"), "image/avif"), (Iso("avis"), "image/avif"), (Iso("isom", "mp41"), "video/mp4"), (Iso("qt  "), "video/quicktime"),
            (Iso("M4A "), "audio/mp4"), (Iso("3gp5"), "video/3gpp"),
            ("\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"), ("\x1A\x45\xDF\xA3\xA3\x42\x82\x88matroska", "video/x-matroska"),
            ("ID3\x04\0", "audio/mpeg"), (Mp3(), "audio/mpeg"), (Aac, "audio/aac"), ("fLaC\0", "audio/flac"), ("OggS\0\x02", "application/ogg"),
            ("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"), ("%PDF-1.7", "application/pdf"), ("\n\n junk %PDF-1.4", "application/pdf"),
            (Zip("a.txt"), "application/zip"), (Zip("mimetype", "application/epub+zip", "PK\x03\x04"), "application/epub+zip"),
            (Zip("mimetype", "application/vnd.oasis.opendocument.text", "PK\x03\x04"), "application/vnd.oasis.opendocument.text"),
            (Zip("mimetype", "text/html", "PK\x03\x04"), "application/zip"), (Zip("META-INF/MANIFEST.MF"), "application/java-archive"),
            (Zip("[Content_Types].xml", more: "word/document.xml"), Docx), (Zip("classes.dex", more: "AndroidManifest.xml"), "application/vnd.android.package-archive"),
            (Zip("[Content_Types].xml", more: "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (Zip("_rels/.rels", more: "ppt/slides"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
            ("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "application/x-ole-storage"), ("{\\rtf1", "application/rtf"),
            ("MZ\x90\0\x03", "application/vnd.microsoft.portable-executable"), ("\x7F" + "ELF\x02", "application/x-elf"), ("#!/bin/sh\n", "text/x-shellscript"),
            ("\xCA\xFE\xBA\xBE\0\0", "application/java-vm"), ("BZh91AY&SY..", "application/x-bzip2"), ("\x1F\x8B\x08\0", "application/gzip"),
            ("<!DOCTYPE html>", "text/html"), ("  \n<HTML >", "text/html"), ("<script>alert(1)</script>", "text/html"), ("<!-- x --><p>", "text/html"), ("<iframe src=x>", "text/html"),
            ("\xEF\xBB\xBF<html>", "text/html"), ("\xFF\xFE<\0s\0c\0r\0i\0p\0t\0>\0", "text/html"), ("\xFE\xFF\0<\0h\0t\0m\0l\0>", "text/html"),
            ("<svg xmlns='x'>", "image/svg+xml"), ("<?xml version='1.0'?><!-- a --><svg>", "image/svg+xml"), ("<!-- a --><svg onload=x>", "image/svg+xml"),
            ("<!DOCTYPE svg><svg>", "image/svg+xml"), ("<?xml version='1.0'?><html xmlns=''>", "application/xhtml+xml"), ("<?xml version='1.0'?><a/>", "text/xml"),
        ];
        return cases.Select((c, i) => new TestCaseData(c.Head, c.Type).SetArgDisplayNames($"{i}", c.Type));
    }

    [TestCaseSource(nameof(Known))]
    public void Bytes_TellTheType_WhateverIsClaimed(string head, string type)
    {
        Assert.That(Of(head), Is.EqualTo(type));
        Assert.That(Of(head, "image/x-anything"), Is.EqualTo(type));
        Assert.That(Of(head, "text/plain", "a.txt"), Is.EqualTo(type));
    }

    [TestCaseSource(nameof(Known))]
    public void FragmentsOfAnyLength_AreReadWithoutFault(string head, string type)
    {
        for (var length = 0; length <= Math.Min(head.Length, 80); length++) Assert.That(Of(head[..length], type), Is.Not.Empty);
    }

    [TestCase("image/png"), TestCase("text/html"), TestCase("application/pdf"), TestCase("audio/mpeg"), TestCase("image/svg+xml"), TestCase(Docx), TestCase("audio/ogg"), TestCase("application/msword")]
    public void AClaimThatTheBytesWouldShow_IsNotBelieved(string claim) => Assert.That(Of("nothing of the kind", claim), Is.EqualTo(MediaTypes.Unknown));

    [TestCase("text/csv; charset=utf-8", "text/csv"), TestCase("TEXT/Markdown", "text/markdown"), TestCase("application/x-custom+json", "application/x-custom+json")]
    [TestCase("no type", MediaTypes.Unknown), TestCase("a/b/c", MediaTypes.Unknown), TestCase("text/<x>", MediaTypes.Unknown), TestCase("/", MediaTypes.Unknown), TestCase(null, MediaTypes.Unknown)]
    public void AClaimTheBytesCannotTellOf_IsTakenWhenItIsAType(string? claim, string type) => Assert.That(Of("a,b\n1,2\n", claim), Is.EqualTo(type));

    [Test]
    public void BinaryClaimedAsText_IsUnknown() =>
        Assert.That((Of("a\0\x01\x02", "text/plain"), Of("a\0", null, "a.txt"), Of("h\xE9", "text/plain"), Of("hé", null, "a.txt")), Is.EqualTo((MediaTypes.Unknown, MediaTypes.Unknown, "text/plain", "text/plain")));

    [TestCase("BMW and MINI are makers of cars"), TestCase("MZ is a country code"), TestCase("BZh9 is short"), TestCase("RIFFraff and other WAVEs"), TestCase("ID, please"), TestCase("\xFF\xFB\x90\0 one header, no second")]
    public void TextsThatBeginLikeABinary_AreNone(string text) => Assert.That(Of(text, "text/x-note"), Is.EqualTo("text/x-note").Or.EqualTo(MediaTypes.Unknown));

    [Test]
    public void Mp3FramesInAWrongDistance_AreNoMp3() => Assert.That(Of(Mp3(418)), Is.EqualTo(MediaTypes.Unknown));

    [Test]
    public void WithinAContainer_TheClaimSaysMore() => Assert.That(
        (Of(Iso("isom"), "audio/mp4"), Of("OggS\0", "audio/ogg"), Of("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "application/msword"), Of(Zip("evil.exe"), Docx)),
        Is.EqualTo(("audio/mp4", "audio/ogg", "application/msword", "application/zip")));

    [TestCase("GIF89a/*<script>*/", "image/gif", "text/html", false)]
    [TestCase("OggS\0", "audio/ogg", "application/ogg", true)]
    public void ADeniedType_IsRefusedByBytesAndByName(string head, string type, string denied, bool refused) =>
        Assert.That(MediaTypes.IsTaken(Bytes(head), MediaTypes.Of(Bytes(head), type, "a"), "", denied), Is.EqualTo(!refused));

    [TestCase("image/png", "", "", true), TestCase("image/png", "image/*", "", true), TestCase("image/png", "video/*, image/png", "", true), TestCase("image/png", "video/*", "", false)]
    [TestCase("image/png", "", "image/PNG", false), TestCase("image/png", "image/*", "image/png", false), TestCase("image/png", "", "*/*", false), TestCase("imagex/png", "image/*", "", false)]
    public void Patterns_LetInAndKeepOut(string type, string allowed, string denied, bool taken) => Assert.That(MediaTypes.IsTaken(type, allowed, denied), Is.EqualTo(taken));

    [TestCase("image/*,video/mp4", null), TestCase("png", "png"), TestCase("image/*, *", "*"), TestCase("", null)]
    public void PatternsThatAreNone_AreNamed(string patterns, string? problem) => Assert.That(MediaTypes.Problem(patterns), Is.EqualTo(problem));

    [TestCase("text/html", false), TestCase("image/svg+xml", false), TestCase("application/xhtml+xml", false), TestCase("text/xml", false), TestCase("application/pdf", false), TestCase("image/png", true)]
    public void OnlyHarmlessTypes_AreShownInline(string type, bool inline) => Assert.That(MediaTypes.IsSafeInline(type), Is.EqualTo(inline));
}
