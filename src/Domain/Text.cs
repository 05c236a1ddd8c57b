namespace RooCoord.Domain;

/// <summary>Rules for strings that users give.</summary>
public static class Text
{
    /// <summary>True when <paramref name="value"/> has control characters or lone surrogates, which the contract refuses in every string.</summary>
    public static bool IsMalformed(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsControl(c)) return true;
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == value.Length || !char.IsLowSurrogate(value[i + 1])) return true;
            i++;
        }
        return false;
    }

    /// <summary>Returns <paramref name="value"/> when it has between <paramref name="min"/> and <paramref name="max"/> well-formed characters, else throws <see cref="FaultCode.Invalid"/>.</summary>
    public static string Require(string? value, string field, int min, int max)
    {
        if (value is null) throw Fault.Invalid($"`{field}` is required");
        if (value.Length < min || value.Length > max) throw Fault.Invalid($"`{field}` must have {min} to {max} characters");
        return IsMalformed(value) ? throw Fault.Invalid($"`{field}` has control characters or lone surrogates") : value;
    }
}
