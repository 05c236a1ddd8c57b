namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>The engine did what the contract rules out.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);
