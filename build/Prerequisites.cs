/// <summary>What the tests need beside the SDK: found, installed where that is allowed, or else named plainly.</summary>
static class Prerequisites
{
    static readonly Version NodeNeeded = new(20, 19);
    static bool listsAreFresh;

    public static async Task Node()
    {
        var found = Shell.Find("node") is { } node ? (await Shell.Capture(node, ["--version"])).Output : null;
        if (Version.TryParse(found?.TrimStart('v').Split('-')[0], out var version) && version >= NodeNeeded)
            return;
        throw new BuildFailure($"Node.js {NodeNeeded} or newer is needed for the tests with the JavaScript client; {(found is null ? "there is none" : $"this is {found}")}. "
            + "Install a current LTS release, for example with `npm install --global node@22` or from your system's packages, and see that it comes first in PATH.", 2);
    }

    public static async Task NodeModules(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "package.json")))
            return;
        var wanted = new FileInfo(Path.Combine(folder, "package-lock.json"));
        var installed = new FileInfo(Path.Combine(folder, "node_modules", ".package-lock.json")); // npm writes it last
        if (installed.Exists && (!wanted.Exists || installed.LastWriteTimeUtc >= wanted.LastWriteTimeUtc))
            return;
        await Shell.Require(OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
            [wanted.Exists ? "ci" : "install", "--no-audit", "--no-fund"], folder: Path.Combine(Shell.Root, folder));
    }

    /// <returns>The folder that holds initdb, postgres, pg_ctl and createdb.</returns>
    public static async Task<string> Postgres() =>
        FindPostgres() ?? (await Install("postgresql") ? FindPostgres() : null)
        ?? throw Missing("PostgreSQL 15 or newer (initdb, postgres, pg_ctl, createdb)", "postgresql", "postgresql");

    public static async Task<string> Redis() =>
        FindRedis() ?? (await Install("redis-server") ? FindRedis() : null)
        ?? throw Missing("Redis (redis-server)", "redis-server", "redis");

    public static async Task<string> Clamd() =>
        FindClamd() ?? (await Install("clamav-daemon") ? FindClamd() : null)
        ?? throw Missing("ClamAV (clamd)", "clamav-daemon", "clamav");

    public static async Task<string> Nginx() =>
        FindNginx() ?? (await Install("nginx-light") ? FindNginx() : null)
        ?? throw Missing("nginx", "nginx-light", "nginx");

    /// <summary>Gives a program a clock that is wrong.</summary>
    public static async Task<string> Faketime() =>
        FindFaketime() ?? (await Install("faketime") ? FindFaketime() : null)
        ?? throw Missing("faketime", "faketime", "libfaketime");

    static string? FindPostgres()
    {
        // A link in PATH says where the real folder is, and only that one is sure to be complete.
        var inPath = Shell.Find("initdb") is { } initdb
            ? Path.GetDirectoryName(File.ResolveLinkTarget(initdb, returnFinalTarget: true)?.FullName ?? initdb) : null;
        string[] tools = OperatingSystem.IsWindows()
            ? ["initdb.exe", "postgres.exe", "pg_ctl.exe", "createdb.exe"] : ["initdb", "postgres", "pg_ctl", "createdb"];
        return new[] { inPath }
            .Concat(Versions("/usr/lib/postgresql", "bin"))
            .Concat(Versions("/opt/homebrew/opt", "bin", "postgresql*"))
            .Concat(Versions("/usr/local/opt", "bin", "postgresql*"))
            .Concat(Versions("/Applications/Postgres.app/Contents/Versions", "bin"))
            .Concat(Versions(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "bin"))
            .Concat(Versions("/usr", "bin", "pgsql*"))
            .Append("/usr/local/pgsql/bin")
            .FirstOrDefault(folder => folder is not null && tools.All(tool => File.Exists(Path.Combine(folder, tool))));
    }

    static IEnumerable<string> Versions(string parent, string below, string pattern = "*") =>
        !Directory.Exists(parent) ? [] : Directory.EnumerateDirectories(parent, pattern)
            .OrderByDescending(folder => double.TryParse(Path.GetFileName(folder).Split('@', '-')[^1], out var version) ? version : 0)
            .Select(folder => Path.Combine(folder, below));

    static string? FindRedis() => Shell.Find("redis-server", "/opt/homebrew/bin", "/usr/local/bin", "/usr/sbin");

    static string? FindClamd() => Shell.Find("clamd", "/usr/sbin", "/opt/homebrew/sbin", "/usr/local/sbin");

    static string? FindNginx() => Shell.Find("nginx", "/usr/sbin", "/opt/homebrew/bin", "/usr/local/sbin", "/usr/local/bin");

    static string? FindFaketime() => Shell.Find("faketime", "/usr/local/bin");

    static async Task<bool> Install(string package)
    {
        if (Shell.Find("apt-get") is null)
            return false;
        string[] privilege = [];
        if (!Environment.IsPrivilegedProcess)
        {
            if (Shell.Find("sudo") is null || (await Shell.Capture("sudo", ["-n", "true"])).Code != 0)
                return false;
            privilege = ["sudo", "-n"];
        }
        // RUNLEVEL=1 keeps invoke-rc.d from starting the packages' own daemons, which nobody asked for.
        string[] apt = [.. privilege, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-y", "-o", "DPkg::Lock::Timeout=120"];
        if (!listsAreFresh)
            await Shell.Run(apt[0], [.. apt[1..], "update"]);
        listsAreFresh = true;
        return await Shell.Run(apt[0], [.. apt[1..], "install", "--no-install-recommends", package]) == 0;
    }

    static BuildFailure Missing(string what, string debian, string homebrew) =>
        new($"{what} is needed for the tests and was not found. Install it, for example with `apt-get install {debian}` or `brew install {homebrew}`.", 2);
}
