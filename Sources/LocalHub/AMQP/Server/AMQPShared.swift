import IoTHub
import Logging

/// What all connections of an AMQP server share.
struct AMQPShared: Sendable {
    /// What carries the connections.
    let transport: TransportType
    let registry: TwinRegistry
    let authorizer: AMQPAuthorizer
    let clients: ClientCertificateCheck
    let clock: DeviceClock
    let logger: Logger

    /// Where their traffic is counted.
    var traffic: TrafficTally? { registry.tally[transport] }

    var now: AMQPTime {
        AMQPTime(
            monotonic: clock.now(),
            wall: HubTimestamp(secondsSinceEpoch: clock.secondsSinceEpoch(), nanoseconds: 0)
        )
    }
}
