using System.Reflection;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>A port that knows how many of its calls are under way: until whoever awaited the answer has gone on.</summary>
internal class WatchedPort<TPort> : DispatchProxy where TPort : class
{
    private static readonly MethodInfo Generic = typeof(WatchedPort<TPort>).GetMethod(nameof(WatchAsync), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private TPort _inner = null!;
    private int _underWay;

    public static TPort Over(TPort inner)
    {
        var port = Create<TPort, WatchedPort<TPort>>();
        ((WatchedPort<TPort>)(object)port)._inner = inner;
        return port;
    }

    public static int UnderWay(TPort port) => Volatile.Read(ref ((WatchedPort<TPort>)(object)port)._underWay);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var answer = targetMethod!.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
        if (answer is not Task task) return answer;
        Interlocked.Increment(ref _underWay);
        return targetMethod.ReturnType.IsGenericType
            ? Generic.MakeGenericMethod(targetMethod.ReturnType.GenericTypeArguments).Invoke(this, [task])
            : WatchAsync(AsGeneric(task));
    }

    private static async Task<bool> AsGeneric(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    // The one who awaits goes on within SetResult, before the call counts as ended.
    private Task<T> WatchAsync<T>(Task<T> call)
    {
        var outcome = new TaskCompletionSource<T>();
        _ = call.ContinueWith(ended =>
        {
            if (ended.Exception is { } exception) outcome.SetException(exception.InnerExceptions);
            else outcome.SetResult(ended.Result);
            Interlocked.Decrement(ref _underWay);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return outcome.Task;
    }
}
