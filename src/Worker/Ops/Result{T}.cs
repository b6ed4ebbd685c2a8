using System.Diagnostics.CodeAnalysis;

namespace Gateway.Worker.Ops;

/// <summary>What a use case answers: what was asked for, or why not.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
public sealed record Result<T>
    where T : notnull
{
    internal Result()
    {
    }

    /// <summary>What was asked for; null when it was refused.</summary>
    public T? Value { get; internal init; }

    /// <summary>Why not; null when it is done.</summary>
    public Refusal? Refusal { get; internal init; }

    /// <summary>What came of a change in a few words, for the trail; null when done or refused says it all.</summary>
    public string? Outcome { get; internal init; }

    /// <summary>Whether it is taken over and goes on by itself, so that whoever asked looks later what became of it.</summary>
    public bool IsUnderWay { get; internal init; }

    /// <summary>Whether it is done, or under way.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsDone => Refusal is null;

    /// <summary>It is done.</summary>
    public static implicit operator Result<T>(T value) => new() { Value = value };

    /// <summary>It is refused.</summary>
    public static implicit operator Result<T>(Refusal refusal) => new() { Refusal = refusal };
}
