using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Operations;

/// <summary>A change that an operator asked for over the API. The row is written before the change, its outcome after it.</summary>
public sealed class OperatorAction
{
    /// <summary>A UUID v7.</summary>
    public required Guid ActionId { get; init; }

    /// <summary>UTC; when it was asked for.</summary>
    public required DateTime At { get; init; }

    /// <summary>The name of the key, at most 64 characters.</summary>
    public required string Operator { get; init; }

    /// <summary>The address it came from, at most 64 characters.</summary>
    public string? Address { get; init; }

    /// <summary>What was asked for: method and route, such as <c>POST /api/queues/{queue}/pause</c>, at most 255 characters.</summary>
    public required string Action { get; init; }

    /// <summary>On what: the path and query, at most 1,024 characters. The body is not kept: it may hold payloads.</summary>
    public required string Target { get; init; }

    /// <summary>The HTTP status that was answered; null while it runs, or when the worker died before it could tell.</summary>
    public int? StatusCode { get; set; }

    /// <summary>What came of it, in a few words such as <c>requeued 12</c>, at most 1,024 characters.</summary>
    public string? Outcome { get; set; }
}

internal sealed class OperatorActionConfiguration : IEntityTypeConfiguration<OperatorAction>
{
    public void Configure(EntityTypeBuilder<OperatorAction> builder)
    {
        builder.ToTable("operator_actions");
        builder.HasKey(a => a.ActionId);
        builder.HasIndex(a => a.At);
        builder.Property(a => a.ActionId).ValueGeneratedNever();
        builder.Property(a => a.Operator).HasMaxLength(64);
        builder.Property(a => a.Address).HasMaxLength(64);
        builder.Property(a => a.Action).HasMaxLength(255);
        builder.Property(a => a.Target).HasMaxLength(1024);
        builder.Property(a => a.Outcome).HasMaxLength(1024);
    }
}
