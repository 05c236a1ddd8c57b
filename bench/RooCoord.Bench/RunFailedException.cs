namespace RooCoord.Bench;

/// <summary>A run that measured something else than it was meant to: it ends the benchmark instead of printing a number.</summary>
internal sealed class RunFailedException(string message, Exception? inner = null) : Exception(message, inner);
