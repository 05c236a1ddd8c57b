using System.Data.Common;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Search;

/// <summary>Times searches of a user with many files, one after another, over HTTP; of every other one also the page behind it.</summary>
internal static class SearchCommand
{
    public static async Task RunAsync(SearchOptions options, CancellationToken cancellation)
    {
        Console.WriteLine($"> {MachineDescription.Line}\n> {options.Files} files of one user, {options.Queries} queries a kind, pages of 50 in each of 8 orders\n");
        Console.WriteLine("| engine | kind | p50 ms | p95 ms | max ms |\n| --- | --- | --- | --- | --- |");
        await RunAsync(Variant.DurableSqlite, options, cancellation);
        if (options.OnPostgres) await RunAsync(Variant.DurablePostgres, options, cancellation);
    }

    private static async Task RunAsync(Variant variant, SearchOptions options, CancellationToken cancellation)
    {
        await using var server = await RooCoordServer.StartAsync(variant, 1, cancellation);
        var files = new FileSet(options.Files);
        await using (var connection = Open(server))
        {
            await connection.OpenAsync(cancellation);
            await files.WriteAsync(connection, cancellation);
        }
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{server.Port}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.UserTokens[0]);
        // Code and caches settle: what is measured is a server at work.
        foreach (var (_, query) in SearchKinds.All) await TimeAsync(http, files, query, 40, cancellation);
        var all = new List<double>();
        foreach (var (name, query) in SearchKinds.All)
        {
            var times = await TimeAsync(http, files, query, options.Queries, cancellation);
            all.AddRange(times);
            Print(variant, name, times);
        }
        Print(variant, "**all**", all);
    }

    private static DbConnection Open(RooCoordServer server) => server.ConnectionString is { } postgres
        ? new NpgsqlConnection(postgres)
        : new SqliteConnection($"Data Source={Path.Combine(server.DataPath, "roocoord.db")};Pooling=False");

    private static async Task<List<double>> TimeAsync(HttpClient http, FileSet files, Func<FileSet, int, string> query, int count, CancellationToken cancellation)
    {
        var times = new List<double>(count);
        string? behind = null;
        for (var n = 0; n < count; n++)
        {
            var asked = behind ?? query(files, n / 2);
            var path = $"/api/v1/files?{asked}";
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.GetAsync(path, cancellation);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (!answer.IsSuccessStatusCode) throw new RunFailedException($"{path}: {(int)answer.StatusCode}");
            using var page = JsonDocument.Parse(body);
            var cursor = page.RootElement.GetProperty("nextCursor").GetString();
            behind = behind is null && cursor is not null ? $"{asked}&cursor={cursor}" : null;
        }
        return times;
    }

    private static void Print(Variant variant, string name, List<double> times)
    {
        double[] sorted = [.. times.Order()];
        Console.WriteLine(FormattableString.Invariant(
            $"| {(variant.OnPostgres ? "PostgreSQL" : "SQLite")} | {name} | {sorted[sorted.Length / 2]:F1} | {sorted[(int)(sorted.Length * 0.95)]:F1} | {sorted[^1]:F1} |"));
    }
}
