/// Which desired version a device has seen, and what of the news it must be told.
///
/// A hub sends notifications only to a connected and subscribed device. So after each subscription the twin is read, and
/// until the answer is there notifications are held back: told at once, a partial patch would hide from us that older
/// changes were missed.
struct DesiredTracker<Section: Sendable>: Sendable {
    /// Something to tell the device.
    struct News: Sendable {
        var origin: DesiredPropertyUpdate.Origin
        var version: Int64
        var section: Section
    }

    /// What to do once the twin has been read.
    enum Outcome: Sendable {
        /// Tell this; the device is level with the hub.
        case caughtUp([News])
        /// More notifications came meanwhile than can be held: read again.
        case readAgain
    }

    private struct Hold {
        var notifications: [(version: Int64, section: Section)] = []
        var hasOverflowed = false
    }

    /// Most notifications held back at once.
    private let holdLimit: Int
    private var hold: Hold?
    /// The newest version that the device has been told or has read; nil before the first.
    private(set) var lastSeen: Int64?

    init(holdLimit: Int = 256) { self.holdLimit = holdLimit }

    /// Holds notifications back from now on, until the twin has been read.
    mutating func beginCatchUp() { hold = Hold() }

    /// Lets notifications through again without reading; there is nothing to catch up with.
    mutating func endCatchUp() { hold = nil }

    /// The device itself has read the twin.
    mutating func saw(version: Int64) { lastSeen = max(version, lastSeen ?? version) }

    /// A notification came.
    /// - Returns: what it is to the device; nil when it is held back.
    mutating func receive(version: Int64, _ section: @autoclosure () -> Section) -> DesiredPropertyUpdate.Origin? {
        if hold != nil {
            holdBack(version, section())
            return nil
        }
        return judge(version)
    }

    private mutating func holdBack(_ version: Int64, _ section: Section) {
        guard let count = hold?.notifications.count else { return }
        if count < holdLimit {
            hold?.notifications.append((version, section))
        } else {
            hold?.notifications.removeAll()
            hold?.hasOverflowed = true
        }
    }

    /// The twin has been read.
    mutating func caughtUp(version: Int64, _ section: Section) -> Outcome {
        guard let held = hold else { return .caughtUp([]) }
        if held.hasOverflowed {
            hold = Hold()
            return .readAgain
        }
        hold = nil
        var news: [News] = []
        // A lower version means that the device was deleted and made anew: its twin counts from one again.
        if lastSeen != version {
            lastSeen = version
            news.append(News(origin: .catchUp, version: version, section: section))
        }
        for notification in held.notifications {
            news.append(
                News(
                    origin: judge(notification.version),
                    version: notification.version,
                    section: notification.section
                )
            )
        }
        return .caughtUp(news)
    }

    private mutating func judge(_ version: Int64) -> DesiredPropertyUpdate.Origin {
        if let lastSeen, version <= lastSeen { return .stale }
        lastSeen = version
        return .notification
    }
}
