/// A request for the twin.
enum TwinRequest: Sendable {
    case get
    /// A patch as JSON, and the reported `$version` that it is made for, if it must be that one.
    case patchReported([UInt8], ifVersion: Int64?)
}

/// One connection of a device to its hub as the client sees it, from the connect to the loss, whatever protocol it
/// speaks; a next connection is a new object.
///
/// What comes in is put into `inbox`; the owner reads it, where sending and dropping the connection are allowed. All calls
/// come on the lane.
protocol DeviceConnection: AnyObject {
    /// What came in, in order; the owner empties it.
    var inbox: [LinkEvent] { get set }
    /// Why the connection is gone, and nothing more can be done with it; nil while it stands.
    var loss: DeviceClientError? { get }

    /// Has the hub send something; `acknowledged` follows.
    func subscribe(to subscriptions: [ConnectionMachine.Subscription])
    /// Has the hub send something no more; `acknowledged` follows.
    func unsubscribe(from subscription: ConnectionMachine.Subscription)
    /// Sends a twin request; when that does not work, `loss` or the inbox says why.
    func send(_ request: TwinRequest, rid: UInt64)
    /// Shows the hub a new token; false when the protocol needs a new connection for that.
    func renew(token: String) -> Bool
    /// Says goodbye.
    func disconnect()
    /// Gives the connection up.
    func lose(_ error: DeviceClientError)
}
