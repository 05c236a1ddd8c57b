using RooCoord.Application.Shares;
using RooCoord.Domain;
using RooCoord.Testing;

namespace RooCoord.Application.Tests;

public sealed class PasswordGuessesTests
{
    private readonly ManualTimeProvider _clock = new();

    private static int Guess(PasswordGuesses guesses, Func<int, string> address, string link = "link")
    {
        for (var i = 0; i < 1_000; i++)
        {
            try { guesses.Take(link, address(i)); }
            catch (Fault fault) when (fault.Code == FaultCode.RateLimited) { return i; }
        }
        return 1_000;
    }

    [Test]
    public void FromOneAddress_FewAreTaken_ThenOneIn10Seconds()
    {
        var guesses = new PasswordGuesses(_clock);
        Assert.That(Guess(guesses, _ => "here"), Is.EqualTo(5));
        Assert.That((Guess(guesses, _ => "there"), Guess(guesses, _ => "here", "other link")), Is.EqualTo((5, 5)));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Guess(guesses, _ => "here"), Is.EqualTo(1));
    }

    [Test]
    public void FromManyAddresses_TheLinkHasALimitOfItsOwn()
    {
        var guesses = new PasswordGuesses(_clock);
        Assert.That(Guess(guesses, i => $"address {i}"), Is.EqualTo(50));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Guess(guesses, i => $"address {i}"), Is.EqualTo(5));
    }

    [Test]
    public void RightOnes_DoNotCount()
    {
        var guesses = new PasswordGuesses(_clock);
        for (var i = 0; i < 100; i++) guesses.Take("link", "here").WasRight();
        Assert.That(Guess(guesses, _ => "here"), Is.EqualTo(5));
    }

    [Test]
    public void WhatIsFullAgain_IsForgotten()
    {
        var guesses = new PasswordGuesses(_clock);
        for (var i = 0; i < 40; i++) guesses.Take("link", $"address {i}");
        _clock.Advance(TimeSpan.FromMinutes(3));
        guesses.Take("other", "here");
        Assert.That(guesses.Remembered, Is.EqualTo(2));
    }
}
