using RooCoord.Domain.Files;

namespace RooCoord.Domain.Tests;

public sealed class ContentDispositionTests
{
    [TestCase("report.pdf", "application/pdf", "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf")]
    [TestCase("page.html", "text/html", "attachment; filename=\"page.html\"; filename*=UTF-8''page.html")]
    [TestCase("cat.png", "image/png", "inline; filename=\"cat.png\"; filename*=UTF-8''cat.png")]
    [TestCase("image.svg", "image/svg+xml", "attachment; filename=\"image.svg\"; filename*=UTF-8''image.svg")]
    [TestCase("Größe 100%.txt", "text/plain", "inline; filename=\"Gr__e 100_.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20100%25.txt")]
    [TestCase("日本 📄.txt", "text/plain", "inline; filename=\"__ _.txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20%F0%9F%93%84.txt")]
    [TestCase("a\"b\\c;d'e,f.bin", "application/zip", "attachment; filename=\"a_b_c;d'e,f.bin\"; filename*=UTF-8''a%22b%5Cc%3Bd%27e%2Cf.bin")]
    [TestCase("a\r\nX-Evil: 1", "application/zip", "attachment; filename=\"a__X-Evil: 1\"; filename*=UTF-8''a%0D%0AX-Evil%3A%201")]
    public void AName_IsWrittenTwice_AndOnlySafeTypesAreShown(string name, string type, string expected) =>
        Assert.That(ContentDisposition.Of(name, type), Is.EqualTo(expected));
}
