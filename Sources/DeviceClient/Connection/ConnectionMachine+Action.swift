extension ConnectionMachine {
    /// What the hub can be asked to send.
    enum Subscription: Sendable, Hashable {
        case responses
        case desiredChanges
    }

    /// What the owner must do, in order.
    enum Action: Sendable, Hashable {
        /// Make a new connection.
        case connect
        /// Forget the connection.
        case drop
        /// Say goodbye and forget the connection.
        case disconnect
        case subscribe([Subscription])
        case unsubscribe(Subscription)
        /// Read the twin to catch up.
        case readTwin
        /// Set the one timer of the machine, in place of what it was set to.
        case startTimer(Duration)
        case stopTimer
        /// Tell the application.
        case tell(ConnectionStatus, ConnectionStatusChangeReason)
        /// Send what waits, and let those go on who wait for readiness.
        case becomeReady
        /// Requests that have been sent will not be answered.
        case failInFlight(DeviceClientError)
        /// Nothing that waits, request or opening, will succeed.
        case failAll(DeviceClientError)
    }
}
