/// What a frame says, read with all checks before Proton gets to see it.
///
/// Source: OASIS AMQP 1.0 part 2, "Performatives".
enum Performative {
    case open(AMQPOpen)
    case begin(Begin)
    case attach(Attach)
    case flow(Flow)
    case transfer(Transfer)
    case disposition(Disposition)
    case detach(Detach)
    case end(AMQPError?)
    case close(AMQPError?)

    struct Begin {
        /// The channel of the begin that this one answers.
        var remoteChannel: UInt16?
    }

    struct Attach {
        var handle: UInt32
        /// Nil for a sender that did not say it: zero then.
        var initialDeliveryCount: UInt32?
        var link: AMQPAttach
    }

    struct Flow {
        var handle: UInt32?
        var deliveryCount: UInt32?
        var linkCredit: UInt32?
        var drain: Bool
    }

    struct Transfer {
        var handle: UInt32
        var deliveryID: UInt32?
        var tag: [UInt8]?
        var messageFormat: UInt32
        var isSettled: Bool
        var hasMore: Bool
        var resume: Bool
        var isAborted: Bool
    }

    struct Disposition {
        var isSettled: Bool
        var outcome: AMQPOutcome?
    }

    struct Detach {
        var handle: UInt32
        var isClosed: Bool
        var error: AMQPError?
    }
}
