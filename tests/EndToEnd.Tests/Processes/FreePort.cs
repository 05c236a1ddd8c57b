using System.Net;
using System.Net.Sockets;

namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>
/// Ports below those that systems give to outgoing connections (Linux: from 32768, others: from 49152): between the end of
/// a killed server and its next start nobody else gets the port by chance.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Last = 29_999;

    public static int Find()
    {
        for (var tries = 0; tries < 100; tries++)
        {
            var port = Random.Shared.Next(First, Last + 1);
            using var probe = new TcpListener(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
        throw new InvalidOperationException($"No free port from {First} to {Last}");
    }
}
