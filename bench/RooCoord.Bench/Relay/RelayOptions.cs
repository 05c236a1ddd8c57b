using System.Globalization;
using RooCoord.Bench.Load;

namespace RooCoord.Bench.Relay;

/// <summary>The command line of <c>relay</c>.</summary>
internal sealed record RelayOptions
{
    /// <summary>Told when the command line is wrong.</summary>
    public const string Usage = """
        relay [--rounds 5] [--seconds 10] [--warmup 4] [--pairs 100] [--body 256] [--outstanding 16] [--burst 1]
              [--ack-every 16] [--window 256] [--devices 1000] [--rate 2000] [--idle-devices 2000] [--users 10] [--only bare|durable|ephemeral]
              [--postgres] [--skip-saturation] [--skip-latency] [--skip-idle] [--quick] [--json FILE]
        --postgres needs ROOCOORD_TEST_POSTGRES: a connection string whose user may create databases
        """;

    /// <summary>How often every variant is measured.</summary>
    public int Rounds { get; private set; } = 5;
    /// <summary>The length of one measurement.</summary>
    public int Seconds { get; private set; } = 10;
    /// <summary>Saturated seconds before a measurement: tiered compilation needs them.</summary>
    public int WarmUp { get; private set; } = 4;
    /// <summary>Sender and receiver pairs at saturation.</summary>
    public int Pairs { get; private set; } = 100;
    /// <summary>Bytes of JSON in a message's body.</summary>
    public int Body { get; private set; } = 256;
    /// <summary>Messages that a pair keeps sent and not yet received.</summary>
    public int Outstanding { get; private set; } = 16;
    /// <summary>How many of those must be free before a pair writes again.</summary>
    public int Burst { get; private set; } = 1;
    /// <summary>A receiver acknowledges after so many messages.</summary>
    public int AcknowledgeEvery { get; private set; } = 16;
    /// <summary>The window given to <c>Resume</c>.</summary>
    public int Window { get; private set; } = 256;
    /// <summary>Connections in the latency run.</summary>
    public int Devices { get; private set; } = 1000;
    /// <summary>Messages a second in the latency run.</summary>
    public int Rate { get; private set; } = 2000;
    /// <summary>Connections added in the idle run.</summary>
    public int IdleDevices { get; private set; } = 2000;
    /// <summary>Users that the devices are spread over.</summary>
    public int Users { get; private set; } = 10;
    /// <summary>Measure one kind of variant.</summary>
    public string? Only { get; private set; }
    /// <summary>Add durable messages on PostgreSQL.</summary>
    public bool Postgres { get; private set; }
    /// <summary>Leave the throughput out.</summary>
    public bool SkipSaturation { get; private set; }
    /// <summary>Leave the latency out.</summary>
    public bool SkipLatency { get; private set; }
    /// <summary>Leave the memory of idle devices out.</summary>
    public bool SkipIdle { get; private set; }
    /// <summary>Where the results go as JSON.</summary>
    public string? Json { get; private set; }

    /// <summary>What is measured, in the order of the first round.</summary>
    public IReadOnlyList<Variant> Variants =>
    [
        .. Only is null or "bare" ? [Variant.Bare] : Array.Empty<Variant>(),
        .. Only is null or "durable" ? [Variant.DurableSqlite] : Array.Empty<Variant>(),
        .. Only is null or "durable" && Postgres ? [Variant.DurablePostgres] : Array.Empty<Variant>(),
        .. Only is null or "ephemeral" ? [Variant.Ephemeral] : Array.Empty<Variant>(),
    ];

    /// <summary>Reads the arguments after <c>relay</c>.</summary>
    public static RelayOptions Parse(ReadOnlySpan<string> args)
    {
        // A smoke test's defaults come first, so that what is stated beside --quick still counts.
        var options = args.Contains("--quick")
            ? new RelayOptions { Rounds = 1, Seconds = 3, WarmUp = 2, Devices = 200, IdleDevices = 500 }
            : new RelayOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            switch (name)
            {
                case "--quick": break;
                case "--postgres": options.Postgres = true; break;
                case "--skip-saturation": options.SkipSaturation = true; break;
                case "--skip-latency": options.SkipLatency = true; break;
                case "--skip-idle": options.SkipIdle = true; break;
                case "--rounds": options.Rounds = Number(args, ref i, 1, 100); break;
                case "--seconds": options.Seconds = Number(args, ref i, 1, 3600); break;
                case "--warmup": options.WarmUp = Number(args, ref i, 1, 600); break;
                case "--pairs": options.Pairs = Number(args, ref i, 1, MessageFrame.MaxPairs); break;
                case "--body": options.Body = Number(args, ref i, MessageFrame.MinBody, 32_000); break;
                case "--outstanding": options.Outstanding = Number(args, ref i, 1, 1024); break;
                case "--burst": options.Burst = Number(args, ref i, 1, 1024); break;
                case "--ack-every": options.AcknowledgeEvery = Number(args, ref i, 1, 1024); break;
                case "--window": options.Window = Number(args, ref i, 1, 1024); break;
                case "--devices": options.Devices = Number(args, ref i, 2, 2 * MessageFrame.MaxPairs); break;
                case "--idle-devices": options.IdleDevices = Number(args, ref i, 2, 20_000); break;
                case "--rate": options.Rate = Number(args, ref i, 1, 100_000); break;
                case "--users": options.Users = Number(args, ref i, 1, 1000); break;
                case "--only": options.Only = Text(args, ref i); break;
                case "--json": options.Json = Text(args, ref i); break;
                default: throw new FormatException($"unknown option {name}");
            }
        }

        if (options.Only is not (null or "bare" or "durable" or "ephemeral")) throw new FormatException("--only takes bare, durable or ephemeral");
        if (options.Burst > options.Outstanding) throw new FormatException("--burst may not be above --outstanding");
        if (options.AcknowledgeEvery > options.Window) throw new FormatException("--ack-every above --window would stop delivery");
        return options;
    }

    private static string Text(ReadOnlySpan<string> args, ref int i) =>
        ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} takes a value");

    /// <summary>The value of the option at <paramref name="i"/>.</summary>
    public static int Number(ReadOnlySpan<string> args, ref int i, int min, int max)
    {
        var name = args[i];
        return int.TryParse(Text(args, ref i), CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new FormatException($"{name} takes a number from {min} to {max}");
    }
}
