namespace Gateway.Worker.Bus.ClosedChannels;

/// <summary>Sends that end when they are told to.</summary>
internal static class SendExtensions
{
    /// <summary>
    /// Ends the wait for a send with a token, the one that the send itself was given. MassTransit declares the exchange of a message before
    /// it sends, and heeds no token there; when the connection breaks meanwhile, that wait may never end: the client closes the channel and
    /// forgets one of those that wait for it. The message may have been sent, as with any send that got no confirm.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task EndingWith(this Task sending, CancellationToken cancellationToken) => sending.WaitAsync(cancellationToken);
}
