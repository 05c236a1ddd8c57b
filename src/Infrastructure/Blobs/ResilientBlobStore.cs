using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using RooCoord.Application.Files;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>
/// A store whose disk may lie behind a network. What opens, renames or deletes is tried again when the network or the file server
/// failed it for a moment. Writing and syncing are not: after a failed sync nobody knows which bytes are on the disk, and a second one
/// says that all are; the client goes on from what was committed.
/// </summary>
internal sealed class ResilientBlobStore : IBlobStore
{
    private readonly IBlobStore _inner;
    private readonly ResiliencePipeline _calls;

    public ResilientBlobStore(IBlobStore inner)
    {
        _inner = inner;
        var passing = new PredicateBuilder().Handle<IOException>(DiskErrors.IsPassing);
        _calls = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = passing,
                MaxRetryAttempts = 2,
                Delay = TimeSpan.FromMilliseconds(50),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            // A file server that is away takes long to say so, with a thread waiting for each call.
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = passing,
                FailureRatio = 0.9,
                MinimumThroughput = 10,
                SamplingDuration = TimeSpan.FromSeconds(5),
                BreakDuration = TimeSpan.FromSeconds(1),
            }).Build();
    }

    public IBlobWriter OpenWrite(string blobId, long offset) => Run(() => _inner.OpenWrite(blobId, offset));

    public void Publish(string blobId) => Run(() => { _inner.Publish(blobId); return true; });

    public IBlobReader OpenRead(string blobId) => Run(() => _inner.OpenRead(blobId));

    public void Delete(string blobId) => Run(() => { _inner.Delete(blobId); return true; });

    public void RequireFolder() => Run(() => { _inner.RequireFolder(); return true; });

    // Read as it is enumerated; its callers begin anew.
    public IEnumerable<string> WrittenBefore(DateTimeOffset time) => _inner.WrittenBefore(time);

    private T Run<T>(Func<T> call)
    {
        try { return _calls.Execute(call); }
        catch (Exception exception) when (exception is BrokenCircuitException || (exception is IOException io && DiskErrors.IsPassing(io)))
        {
            throw new Fault(FaultCode.Unavailable, "the disk of the files is away; try again", exception);
        }
    }
}
