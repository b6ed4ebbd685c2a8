namespace Gateway.Worker.Mail;

/// <summary>Registers the mails to the operators.</summary>
public static class MailSetup
{
    /// <summary>Adds the <see cref="Mailer"/>.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services, MailOptions options) => services
        .AddSingleton(options)
        .AddSingleton<Mailer>();
}
