namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>One thing that happens in a history. A record of small numbers that mean something in every world, so that a history without some of its steps is one as well.</summary>
internal abstract record Step
{
    /// <summary>Makes it happen; what was called is noted in <see cref="MailboxModel.Calls"/>.</summary>
    public abstract Task RunAsync(World world);
}
