using System.Globalization;
using RooCoord.Bench.Load;
using RooCoord.Bench.Relay;

namespace RooCoord.Bench.Cluster;

/// <summary>The command line of <c>cluster</c>.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Told when the command line is wrong.</summary>
    public const string Usage = """
        cluster [--rounds 5] [--seconds 6] [--warmup 12] [--pairs 100] [--body 256] [--outstanding 16] [--rate 500] [--devices 200]
                [--fan-out-devices 1000] [--changes 200] [--skip-saturation] [--skip-latency] [--skip-fan-out] [--without-redis] [--quick]
        needs ROOCOORD_TEST_POSTGRES, a connection string whose user may create databases, and ROOCOORD_TEST_REDIS, host:port
        """;

    /// <summary>Users that the devices are spread over.</summary>
    public const int Users = 4;

    /// <summary>How often every placement is measured.</summary>
    public int Rounds { get; private set; } = 5;
    /// <summary>The length of one measurement.</summary>
    public int Seconds { get; private set; } = 6;
    /// <summary>Saturated seconds before a measurement: two processes compile on one core.</summary>
    public int WarmUp { get; private set; } = 12;
    /// <summary>Sender and receiver pairs at saturation.</summary>
    public int Pairs { get; private set; } = 100;
    /// <summary>Bytes of JSON in a message's body.</summary>
    public int Body { get; private set; } = 256;
    /// <summary>Messages that a pair keeps sent and not yet received.</summary>
    public int Outstanding { get; private set; } = 16;
    /// <summary>Messages a second in the latency run.</summary>
    public int Rate { get; private set; } = 500;
    /// <summary>Connections in the latency run.</summary>
    public int Devices { get; private set; } = 200;
    /// <summary>Connections that are told of a change.</summary>
    public int FanOutDevices { get; private set; } = 1000;
    /// <summary>Changes that they are told of.</summary>
    public int Changes { get; private set; } = 200;
    /// <summary>Leave the throughput out.</summary>
    public bool SkipSaturation { get; private set; }
    /// <summary>Leave the latency out.</summary>
    public bool SkipLatency { get; private set; }
    /// <summary>Leave the fan-out out.</summary>
    public bool SkipFanOut { get; private set; }

    /// <summary>Nodes tell each other by PostgreSQL's notifications.</summary>
    public bool WithoutRedis { get; private set; }

    /// <summary>The parts shared with <c>relay</c>, in its words.</summary>
    public RelayOptions Relay() => RelayOptions.Parse(
        [.. new (string Name, int Value)[]
        {
            ("--seconds", Seconds), ("--warmup", WarmUp), ("--pairs", Pairs), ("--body", Body), ("--outstanding", Outstanding), ("--rate", Rate), ("--devices", Devices), ("--users", Users),
        }.SelectMany(option => new[] { option.Name, option.Value.ToString(CultureInfo.InvariantCulture) })]);

    /// <summary>Reads the arguments after <c>cluster</c>.</summary>
    public static ClusterOptions Parse(ReadOnlySpan<string> args)
    {
        // A smoke test's defaults come first, so that what is stated beside --quick still counts.
        var options = args.Contains("--quick")
            ? new ClusterOptions { Rounds = 1, Seconds = 3, WarmUp = 4, FanOutDevices = 200, Changes = 50 }
            : new ClusterOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            switch (name)
            {
                case "--quick": break;
                case "--skip-saturation": options.SkipSaturation = true; break;
                case "--skip-latency": options.SkipLatency = true; break;
                case "--skip-fan-out": options.SkipFanOut = true; break;
                case "--without-redis": options.WithoutRedis = true; break;
                case "--rounds": options.Rounds = RelayOptions.Number(args, ref i, 1, 100); break;
                case "--seconds": options.Seconds = RelayOptions.Number(args, ref i, 1, 3600); break;
                case "--warmup": options.WarmUp = RelayOptions.Number(args, ref i, 1, 600); break;
                // Fewer would not have devices of every user on both nodes.
                case "--pairs": options.Pairs = RelayOptions.Number(args, ref i, 2 * Users, MessageFrame.MaxPairs); break;
                case "--body": options.Body = RelayOptions.Number(args, ref i, MessageFrame.MinBody, 32_000); break;
                case "--outstanding": options.Outstanding = RelayOptions.Number(args, ref i, 1, 1024); break;
                case "--rate": options.Rate = RelayOptions.Number(args, ref i, 1, 100_000); break;
                case "--devices": options.Devices = RelayOptions.Number(args, ref i, 4 * Users, 2 * MessageFrame.MaxPairs); break;
                case "--fan-out-devices": options.FanOutDevices = RelayOptions.Number(args, ref i, 2, 9_000); break;
                case "--changes": options.Changes = RelayOptions.Number(args, ref i, 1, 100_000); break;
                default: throw new FormatException($"unknown option {name}");
            }
        }

        return options;
    }
}
