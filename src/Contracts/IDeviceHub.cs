using System.Text.Json;

namespace RooCoord.Contracts;

/// <summary>What a device calls on <c>/hubs/devices</c>. Errors come as <c>HubException: code: text</c>, codes as in <see cref="ErrorCodes"/>.</summary>
public interface IDeviceHub
{
    /// <summary>Starts delivery. <paramref name="after"/> &gt; 0 first acknowledges up to it; <paramref name="window"/> (1..1024): entries in flight. A later call changes only the window.</summary>
    Task<ResumeResult> Resume(WholeNumber after, WholeNumber window);

    /// <summary>Sends; answers once committed.</summary>
    Task<SendResult> Send(MessageDraft? message);

    /// <summary>This entry and every earlier one of its priority is handled.</summary>
    Task Acknowledge(WholeNumber seq);

    /// <summary>Dead-letters this entry alone.</summary>
    Task Reject(WholeNumber seq, string? reason);

    /// <summary>Takes the entry out of order and window until it comes back.</summary>
    Task Retry(WholeNumber seq, double afterSeconds);

    /// <summary>Restarts the 30 s for what is in flight.</summary>
    Task Working(WholeNumber seq);

    /// <summary>True for exactly one of the devices a message was offered to, also when it repeats the call.</summary>
    Task<bool> Claim(string? messageId);

    /// <summary>Asks another connected device of the user: returns what its <see cref="IDeviceClient.OnCall"/> returned. <paramref name="timeoutSeconds"/>: more than 0, fractions allowed.</summary>
    Task<JsonText> Call(string? device, string? method, JsonText body, double timeoutSeconds);

    /// <summary>Sets <c>online|away|busy</c>.</summary>
    Task SetStatus(string? status);

    /// <summary>Tells of the device itself: any JSON object, <c>telemetry</c> in <see cref="Device"/>. Reports in quick succession become one; the last one stands.</summary>
    Task Report(JsonElement report);

    /// <summary>The user's devices; null: all.</summary>
    Task<Page<Device>> ListDevices(DeviceFilter? filter);

    /// <summary>Adds a chunk (Base64) to an upload, as <c>PATCH</c> over HTTP does; answers with the new offset once it is committed.</summary>
    Task<long> UploadChunk(string? uploadId, WholeNumber offset, string? base64);

    /// <summary>Lets the connection outlive its token.</summary>
    Task RefreshToken(string? accessToken);
}
