import IoTHub
import Logging

/// What all connections of an AMQP server share.
struct AMQPShared: Sendable {
    let registry: TwinRegistry
    let authorizer: AMQPAuthorizer
    let clients: ClientCertificateCheck
    let clock: DeviceClock
    let logger: Logger

    var now: AMQPTime {
        AMQPTime(
            monotonic: clock.now(),
            wall: HubTimestamp(secondsSinceEpoch: clock.secondsSinceEpoch(), nanoseconds: 0)
        )
    }
}
