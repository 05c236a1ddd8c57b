namespace RooCoord.EndToEnd.Tests.Relay;

/// <summary>How far the two devices have come, for each to wait for the other.</summary>
internal sealed class Progress
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = New();

    public int Confirmed { get; set; }
    public int Handled { get; set; }
    public bool Present { get; set; }

    public void Change(Action<Progress> change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change(this);
            (changed, _changed) = (_changed, New());
        }
        changed.SetResult();
    }

    public async Task UntilAsync(Predicate<Progress> condition)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (condition(this)) return;
                changed = _changed.Task;
            }
            await changed.Bounded();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
