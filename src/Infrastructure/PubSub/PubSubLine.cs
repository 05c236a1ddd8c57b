using System.Buffers.Binary;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>
/// A publishing and a subscribing connection that live and fall together. One that fell is thrown away and a new one opened: what
/// libraries do to reconnect by themselves does not say whether every subscription stands again.
/// </summary>
internal abstract class PubSubLine(string echoChannel) : IDisposable
{
    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EchoPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EchoInterval = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _fallen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (long Number, TaskCompletionSource Heard) _echo = (0, new());

    public bool HasFallen => _fallen.Task.IsCompleted;

    /// <summary>True when it is confirmed. What arrives is handed over in order, one at a time over all channels.</summary>
    public abstract Task<bool> SubscribeAsync(string channel, Action<byte[]> received);

    /// <summary>Ends what <see cref="SubscribeAsync"/> began on the channel.</summary>
    public abstract void Unsubscribe(string channel);

    /// <summary>Sent in the order of the calls; how many subscriptions got it, 1 where nobody knows.</summary>
    /// <exception cref="PubSubUnavailableException">No answer within <see cref="Patience"/>.</exception>
    public abstract Task<long> PublishAsync(string channel, byte[] payload);

    /// <summary>Sent in the order of the calls, with those of <see cref="PublishAsync"/>; nobody waits for what becomes of it. False: it is not sent.</summary>
    public abstract bool Post(string channel, byte[] payload);

    /// <summary>Until the line has fallen: a connection broke, or this process did not hear itself for about 4 s. Calls <paramref name="beat"/> every second.</summary>
    public async Task WatchAsync(Action beat, CancellationToken cancellationToken)
    {
        while (await EchoAsync().ConfigureAwait(false))
        {
            try
            {
                await _fallen.Task.WaitAsync(EchoInterval, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) { beat(); }
        }
        Fall();
    }

    /// <summary>Hears itself by way of the other side.</summary>
    /// <exception cref="PubSubUnavailableException">Not within a few seconds.</exception>
    protected async Task BeginAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SubscribeUntilConfirmedAsync(cancellationToken).ConfigureAwait(false);
            if (await EchoAsync().ConfigureAwait(false)) return;
            throw new PubSubUnavailableException("the messages of this node do not come back to it");
        }
        catch (Exception exception)
        {
            Dispose();
            if (exception is PubSubUnavailableException || cancellationToken.IsCancellationRequested) throw;
            throw new PubSubUnavailableException("no subscription is taken", exception);
        }
    }

    protected void Fall() => _fallen.TrySetResult();

    // Connected may mean the publishing connection alone.
    private async Task SubscribeUntilConfirmedAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience + EchoPatience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await SubscribeAsync(echoChannel, Heard).ConfigureAwait(false)) await again.WaitForNextTickAsync(deadline.Token).ConfigureAwait(false);
    }

    private async Task<bool> EchoAsync()
    {
        var (number, heard) = _echo = (_echo.Number + 1, new(TaskCreationOptions.RunContinuationsAsynchronously));
        var payload = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, number);
        try
        {
            await PublishAsync(echoChannel, payload).ConfigureAwait(false);
            await heard.Task.WaitAsync(EchoPatience).ConfigureAwait(false);
            return !HasFallen;
        }
        catch (Exception exception) when (exception is PubSubUnavailableException or TimeoutException)
        {
            return !HasFallen && IsBusy;
        }
    }

    /// <summary>Whether the echo may only be late, because both connections have much to do and do it.</summary>
    protected virtual bool IsBusy => false;

    private void Heard(byte[] payload)
    {
        if (payload.Length == sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(payload) == _echo.Number) _echo.Heard.TrySetResult();
    }

    public virtual void Dispose() => Fall();
}
