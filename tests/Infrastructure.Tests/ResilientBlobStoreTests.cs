using Moq;
using NUnit.Framework;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Infrastructure.Blobs;
using RooCoord.Infrastructure.Tests.Backplane;

namespace RooCoord.Infrastructure.Tests;

/// <summary>A disk behind a network that fails. A network file system's errors cannot be had from a real disk.</summary>
public sealed class ResilientBlobStoreTests
{
    private const int Stale = 116, NoAccess = 13;

    private readonly Mock<IBlobStore> _disk = new();

    private IBlobStore Store => new ResilientBlobStore(_disk.Object);

    private static IOException Failure(int errno) => new("the disk fails", errno);

    [Test]
    public void AMomentsFailure_IsNotSeen()
    {
        _disk.SetupSequence(d => d.OpenRead("id")).Throws(Failure(Stale)).Throws(Failure(Stale)).Returns(Mock.Of<IBlobReader>());
        Assert.That(Store.OpenRead("id"), Is.Not.Null);
    }

    [Test]
    public void WhatIsNoFailureOfANetwork_IsSaidAtOnce()
    {
        _disk.Setup(d => d.Publish("id")).Throws(Failure(NoAccess));
        Assert.That(() => Store.Publish("id"), Throws.InstanceOf<IOException>());
        _disk.Verify(d => d.Publish("id"), Times.Once);
    }

    [Test]
    public void AWriterAndWhatItSyncs_IsNotTriedAgain()
    {
        var writer = new Mock<IBlobWriter>();
        writer.Setup(w => w.Sync()).Throws(Failure(Stale));
        _disk.Setup(d => d.OpenWrite("id", 0)).Returns(writer.Object);
        Assert.That(() => Store.OpenWrite("id", 0).Sync(), Throws.InstanceOf<IOException>());
        writer.Verify(w => w.Sync(), Times.Once);
    }

    [Test]
    public async Task ADiskThatIsAway_IsNotWaitedForByAll_AndIsUsedWhenItIsBack()
    {
        var (isAway, calls) = (true, 0);
        _disk.Setup(d => d.Delete("id")).Callback(() =>
        {
            calls++;
            if (isAway) throw Failure(Stale);
        });
        var store = Store;
        for (var i = 0; i < 10; i++) Assert.That(() => store.Delete("id"), Throws.InstanceOf<Fault>().With.Property(nameof(Fault.Code)).EqualTo(FaultCode.Unavailable));
        Assert.That(calls, Is.InRange(10, 29), "the last ones did not reach the disk");
        isAway = false;
        await Eventually.HoldsAsync(() => Deletes(store), "the disk is used again");
    }

    private static bool Deletes(IBlobStore store)
    {
        try { store.Delete("id"); }
        catch (Fault) { return false; }
        return true;
    }
}
