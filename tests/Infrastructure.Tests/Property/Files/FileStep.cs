using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Tests.Property.Files;

/// <summary>Something that happens; numbers mean what the kind makes of them.</summary>
internal sealed record FileStep(FileStepKind Kind, int A, int B, int C)
{
    // A new kind is a line here, one in the enum and a method.
    public static Gen<FileStep> Any { get; } =
        from kind in Gen.Frequency(
            (5, Gen.Constant(FileStepKind.Create)), (4, Gen.Constant(FileStepKind.CreatePart)), (14, Gen.Constant(FileStepKind.Chunk)), (3, Gen.Constant(FileStepKind.Concat)),
            (2, Gen.Constant(FileStepKind.Terminate)), (3, Gen.Constant(FileStepKind.Crash)), (3, Gen.Constant(FileStepKind.Fail)), (4, Gen.Constant(FileStepKind.Sweep)),
            (1, Gen.Constant(FileStepKind.LongTime)), (2, Gen.Constant(FileStepKind.ConcatAgainstTermination)), (2, Gen.Constant(FileStepKind.ChunkAgainstTermination)))
        from a in Gen.Choose(0, 1_000)
        from b in Gen.Choose(0, 1_000)
        from c in Gen.Choose(0, 1_000)
        select new FileStep(kind, a, b, c);

    public Task RunAsync(FileWorld world) => Kind switch
    {
        FileStepKind.Create => CreateAsync(world, UploadKind.Plain),
        FileStepKind.CreatePart => CreateAsync(world, UploadKind.Partial),
        FileStepKind.Chunk => ChunkAsync(world),
        FileStepKind.Concat => ConcatAsync(world),
        FileStepKind.Terminate => TerminateAsync(world, Chosen(world)),
        FileStepKind.Crash => CrashAsync(world),
        FileStepKind.Fail => Task.Run(() => world.Blobs.FailIn(A % 6)),
        FileStepKind.Sweep => SweepAsync(world),
        FileStepKind.LongTime => LongTimeAsync(world),
        FileStepKind.ConcatAgainstTermination => Task.WhenAll(ConcatAsync(world), TerminateAsync(world, world.Uploads.Find(u => u is { Kind: UploadKind.Partial, IsComplete: true })), SweepAsync(world)),
        _ => Task.WhenAll(ChunkAsync(world), TerminateAsync(world, Chosen(world)), SweepAsync(world)),
    };

    private ModelUpload? Chosen(FileWorld world) => world.Uploads.Count == 0 ? null : world.Uploads[A % world.Uploads.Count];

    private async Task CreateAsync(FileWorld world, UploadKind kind)
    {
        var content = new byte[B];
        new Random(C).NextBytes(content);
        await TryAsync(async () => Add(world, await world.SendAsync(new CreateUpload(world.Caller, content.Length, null, kind, null, [])), content));
    }

    private async Task ConcatAsync(FileWorld world)
    {
        var parts = world.Uploads.Where(u => u is { Kind: UploadKind.Partial, IsComplete: true }).Take(1 + A % 3).ToArray();
        if (parts.Length == 0) return;
        byte[] content = [.. parts.SelectMany(p => p.Content)];
        await TryAsync(async () => Add(world, await world.SendAsync(new CreateUpload(world.Caller, null, null, UploadKind.Final, "final;", [.. parts.Select(p => p.Id)])), content));
    }

    private static void Add(FileWorld world, Upload upload, byte[] content)
    {
        // Stored with its first upload.
        world.Caller = world.Caller with { UserKey = upload.UserKey };
        lock (world.Uploads) world.Uploads.Add(new(upload.Id, content, upload.Kind) { Acknowledged = upload.Received, IsComplete = upload.State == UploadState.Completed });
        if (upload.Result is { } result) world.Files[result.FileId] = content;
    }

    private async Task ChunkAsync(FileWorld world)
    {
        if (Chosen(world) is not { Kind: not UploadKind.Final } known) return;
        var offset = (int)known.Acknowledged;
        var bytes = known.Content.AsMemory(offset, Math.Min(B, known.Content.Length - offset));
        // Every third connection drops somewhere.
        using Stream body = C % 3 == 0 ? new DroppedStream(bytes.ToArray(), C % (bytes.Length + 1)) : new MemoryStream(bytes.ToArray());
        await TryAsync(async () =>
        {
            var upload = await world.SendAsync(new AppendChunk(world.Caller, known.Id, offset, body, null, null, null));
            Assert.That(upload.Received, Is.EqualTo(offset + bytes.Length));
            known.Acknowledged = upload.Received;
        });
    }

    private static async Task TerminateAsync(FileWorld world, ModelUpload? known)
    {
        if (known is null) return;
        await TryAsync(async () =>
        {
            await world.SendAsync(new TerminateUpload(world.Caller, known.Id));
            lock (world.Uploads) world.Uploads.Remove(known);
        });
    }

    private async Task CrashAsync(FileWorld world)
    {
        await world.EndAsync();
        // What had been written but was not committed is found behind the committed bytes.
        if (Directory.EnumerateFiles(world.Growing).FirstOrDefault() is { } path)
            await using (var torn = new FileStream(path, FileMode.Append)) torn.Write(new byte[B]);
        await world.BeginAsync();
    }

    private static Task SweepAsync(FileWorld world) => TryAsync(async () =>
    {
        await world.Sweeper<UploadSweeper>().SweepAsync(CancellationToken.None);
        await world.Sweeper<BlobSweeper>().SweepNotedAsync(CancellationToken.None);
    });

    private static async Task LongTimeAsync(FileWorld world)
    {
        world.Clock.Advance(TimeSpan.FromHours(25));
        await SweepAsync(world);
        await TryAsync(() => world.Sweeper<BlobSweeper>().SweepOrphansAsync(CancellationToken.None));
    }

    // A refusal, or a disk that failed: the model goes by what the tables say next.
    private static async Task TryAsync(Func<Task> act)
    {
        try { await act(); }
        catch (Exception exception) when (exception is Fault or IOException) { }
    }

    private sealed class DroppedStream(byte[] bytes, int after) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position >= after ? throw new IOException("the connection dropped") : base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, after - Position)], cancellationToken);
    }
}

internal enum FileStepKind
{
    Create, CreatePart, Chunk, Concat, Terminate, Crash, Fail, Sweep, LongTime, ConcatAgainstTermination, ChunkAgainstTermination,
}
