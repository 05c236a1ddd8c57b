using System.Globalization;
using RooCoord.Bench.Load;
using RooCoord.Bench.Relay;

namespace RooCoord.Bench.Connections;

/// <summary>The command line of <c>connections</c>.</summary>
internal sealed record ConnectionsOptions
{
    /// <summary>Told when the command line is wrong.</summary>
    public const string Usage = """
        connections [--devices 5000] [--users 25] [--storms 2] [--backlog-devices 500] [--body 4096] [--messages 300]
                    [--small-devices 100] [--small-messages 2000] [--window 256] [--postgres]
                    [--skip-idle] [--skip-storm] [--skip-backlog] [--quick]
        """;

    /// <summary>Idle devices, and devices in a storm.</summary>
    public int Devices { get; private set; } = 5000;
    /// <summary>Users that the devices are spread over: those of one user hear of each other.</summary>
    public int Users { get; private set; } = 25;
    /// <summary>How often each kind of storm is run.</summary>
    public int Storms { get; private set; } = 2;
    /// <summary>Devices that acknowledge nothing.</summary>
    public int BacklogDevices { get; private set; } = 500;
    /// <summary>Bytes of JSON in their messages' bodies.</summary>
    public int Body { get; private set; } = 4096;
    /// <summary>How many each of them gets, and then gets again.</summary>
    public int Messages { get; private set; } = 300;
    /// <summary>Devices that acknowledge nothing of 256 B.</summary>
    public int SmallDevices { get; private set; } = 100;
    /// <summary>How many of 256 B each gets, and then gets again.</summary>
    public int SmallMessages { get; private set; } = 2000;
    /// <summary>The window given to <c>Resume</c>.</summary>
    public int Window { get; private set; } = 256;
    /// <summary>Measure on PostgreSQL too.</summary>
    public bool Postgres { get; private set; }
    /// <summary>Leave the memory of idle devices out.</summary>
    public bool SkipIdle { get; private set; }
    /// <summary>Leave the storms out.</summary>
    public bool SkipStorm { get; private set; }
    /// <summary>Leave the backlog out.</summary>
    public bool SkipBacklog { get; private set; }

    /// <summary>RooCoord on each engine that is measured.</summary>
    public IReadOnlyList<Variant> Engines => Postgres ? [Variant.DurableSqlite, Variant.DurablePostgres] : [Variant.DurableSqlite];

    /// <summary>The parts shared with <c>relay</c>, in its words.</summary>
    public RelayOptions Relay(int body = 256) => RelayOptions.Parse(
        [.. new (string Name, int Value)[] { ("--idle-devices", Devices), ("--users", Users), ("--window", Window), ("--body", body) }
            .SelectMany(option => new[] { option.Name, option.Value.ToString(CultureInfo.InvariantCulture) })]);

    /// <summary>Reads the arguments after <c>connections</c>.</summary>
    public static ConnectionsOptions Parse(ReadOnlySpan<string> args)
    {
        // A smoke test's defaults come first, so that what is stated beside --quick still counts.
        var options = args.Contains("--quick")
            ? new ConnectionsOptions { Devices = 500, Users = 5, Storms = 1, BacklogDevices = 100, SmallDevices = 50 }
            : new ConnectionsOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            switch (name)
            {
                case "--quick": break;
                case "--postgres": options.Postgres = true; break;
                case "--skip-idle": options.SkipIdle = true; break;
                case "--skip-storm": options.SkipStorm = true; break;
                case "--skip-backlog": options.SkipBacklog = true; break;
                // Both ends of a connection and of its successor are descriptors and ports of one machine.
                case "--devices": options.Devices = RelayOptions.Number(args, ref i, 2, 9_000); break;
                case "--users": options.Users = RelayOptions.Number(args, ref i, 1, 1000); break;
                case "--storms": options.Storms = RelayOptions.Number(args, ref i, 1, 100); break;
                case "--backlog-devices": options.BacklogDevices = RelayOptions.Number(args, ref i, 1, MessageFrame.MaxPairs); break;
                case "--body": options.Body = RelayOptions.Number(args, ref i, MessageFrame.MinBody, 32_000); break;
                case "--messages": options.Messages = RelayOptions.Number(args, ref i, 1, 5_000); break;
                case "--small-devices": options.SmallDevices = RelayOptions.Number(args, ref i, 1, MessageFrame.MaxPairs); break;
                case "--small-messages": options.SmallMessages = RelayOptions.Number(args, ref i, 1, 5_000); break;
                case "--window": options.Window = RelayOptions.Number(args, ref i, 1, 1024); break;
                default: throw new FormatException($"unknown option {name}");
            }
        }

        return options;
    }
}
