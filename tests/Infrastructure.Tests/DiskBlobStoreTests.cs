using RooCoord.Domain;
using RooCoord.Infrastructure.Blobs;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>Blobs on a real disk.</summary>
public sealed class DiskBlobStoreTests
{
    private TestDatabase _place = null!;

    private string Folder => Path.Combine(_place.Folder, "blobs");

    private DiskBlobStore Open() => new(Folder, cached: 0);

    [SetUp]
    public async Task CreateAsync() => _place = await TestDatabase.CreateAsync(Engine.Sqlite);

    [TearDown]
    public async Task RemoveAsync() => await _place.DisposeAsync();

    [Test]
    public void ABlob_HasOneWriter_WhateverNodeItIsOn()
    {
        var (one, other) = (Open(), Open());
        using (var writer = one.OpenWrite("growing", 0))
        {
            writer.Write("first"u8);
            Assert.That(() => other.OpenWrite("growing", 0), Throws.InstanceOf<Fault>().With.Property(nameof(Fault.Code)).EqualTo(FaultCode.Locked));
        }
        using var next = other.OpenWrite("growing", 5);
        Assert.That(next.Position, Is.EqualTo(5), "nothing was cut off");
    }

    [Test]
    public void AFolderThatIsNotThere_IsNoMissingFile()
    {
        var store = Open();
        Directory.Delete(Folder, recursive: true);
        foreach (var call in new Action[] { () => store.OpenRead("stored"), () => store.OpenWrite("stored", 0), () => store.Publish("stored"), () => store.Delete("stored"), store.RequireFolder })
            Assert.That(call, Throws.InstanceOf<Fault>().With.Property(nameof(Fault.Code)).EqualTo(FaultCode.Unavailable));
        Assert.That(Directory.Exists(Folder), Is.False, "nothing is built where a disk is to be mounted");
    }
}
