import IoTHub

/// The books of one device: pure, without clock or lock.
///
/// The runner sends a device's changes one after the other, so at most one waits for the hub's answer. Whichever of
/// answer and notification comes last completes the match. A bulk answer carries no version: there the version is the
/// one after the last that is known, which a notification with the very values confirms.
struct DeviceLedger: Sendable {
    /// What a device's word of a new desired version means for the books.
    struct Sighting: Sendable, Equatable {
        /// The change it was, as its place in ``entries``; nil for another writer's.
        var entry: Int?
        /// Changes that this sighting overtook.
        var superseded = 0
        /// Versions on this device that are nobody's but another writer's.
        var foreign = 0
    }

    /// A change that the hub took and the device has not seen.
    private struct Open {
        var place: Int
        /// What it writes, while its version is only predicted: the notification's values confirm or refute it.
        var unconfirmed: JSONObject?
    }

    /// The changes that were sent, in order.
    private(set) var entries: [ChangeEntry] = []
    /// The greatest desired `$version` that the hub is known, or for bulk answers believed, to have given.
    private(set) var hubVersion: Int64 = 0
    /// The greatest desired `$version` that the device has seen.
    private(set) var seenVersion: Int64 = 0
    /// Whether the device's version at its start is known, or changes were sent: what it sees before is the hub's past.
    private var isStarted = false
    /// Changes that the hub took and the device has not seen, by rising version.
    private var open: [Open] = []
    /// The change that waits for the hub's answer, with what it writes.
    private var pending: (entry: Int, desired: JSONObject)?
    /// The last catch-up: its version, its instant, the wall clock then.
    private var caughtUp: (version: Int64, at: Int64, epoch: Int64)?

    /// Whether a change waits for the hub's answer.
    var isPending: Bool { pending != nil }
    /// Whether a change is neither refused nor seen by the device.
    var hasUnsettled: Bool { pending.map { entries[$0.entry].state == nil } ?? false || !open.isEmpty }
    /// Changes that were sent before an instant and are neither refused, overtaken nor seen.
    func unsettled(sentBefore instant: Int64) -> Int {
        var count = open.count { entries[$0.place].sent < instant }
        if let pending, entries[pending.entry].state == nil, entries[pending.entry].sent < instant { count += 1 }
        return count
    }
    /// The version that the change which waits for an answer must become unless another writer comes between.
    var expectedVersion: Int64 { hubVersion + 1 }

    /// Notes the version that the device's first twin GET showed.
    mutating func start(version: Int64) {
        isStarted = true
        hubVersion = max(hubVersion, version)
        seenVersion = max(seenVersion, version)
    }

    /// Notes that a change is handed to the hub's API.
    /// - Returns: its place in ``entries``.
    mutating func send(planned: Int32, desired: JSONObject, at instant: Int64) -> Int {
        isStarted = true
        entries.append(ChangeEntry(planned: planned, sent: instant))
        pending = (entries.count - 1, desired)
        return entries.count - 1
    }

    /// Notes that the hub took the change that waited.
    /// - Parameters:
    ///   - version: the version from the answer; nil when the answer has none.
    ///   - lastUpdatedEpoch: the hub's `$lastUpdated` in microseconds since 1970 UTC; 0 when the answer has none.
    ///   - instant: when the answer was read.
    /// - Returns: the change if the device turns out to have seen it in a catch-up, so that it counts as settled.
    mutating func accept(version: Int64?, lastUpdatedEpoch: Int64, at instant: Int64) -> Sighting {
        guard let (place, desired) = pending else { return Sighting() }
        pending = nil
        entries[place].accepted = instant
        entries[place].lastUpdatedEpoch = lastUpdatedEpoch
        guard entries[place].state == nil else {
            // The notification was quicker; the answer's version is the better witness.
            if let version { entries[place].version = version }
            return Sighting()
        }
        let given = version ?? expectedVersion
        let foreign = max(0, given - expectedVersion)
        hubVersion = max(hubVersion, given)
        entries[place].version = given
        guard given <= seenVersion else {
            open.append(Open(place: place, unconfirmed: version == nil ? desired : nil))
            return Sighting(entry: nil, superseded: 0, foreign: Int(foreign))
        }
        if let caughtUp, caughtUp.version == given {
            settle(place, as: .caughtUp, at: caughtUp.at, epoch: caughtUp.epoch)
            return Sighting(entry: place)
        }
        end(place, as: .superseded, at: instant)
        return Sighting(entry: nil, superseded: 1)
    }

    /// Notes that the hub refused the change that waited, or that it never arrived there.
    mutating func reject(at instant: Int64) {
        guard let place = pending?.entry else { return }
        pending = nil
        entries[place].accepted = 0
        // A change that the device has seen was not refused, whatever the answer said.
        if entries[place].state == nil { end(place, as: .rejected, at: instant) }
    }

    /// Notes a live notification with a version newer than all that the device had seen.
    mutating func notify(version: Int64, values: JSONObject, at instant: Int64, epoch: Int64) -> Sighting {
        see(version, as: .delivered, at: instant, epoch: epoch) { $0 == values }
    }

    /// Notes the whole desired section that a device fetched after a reconnect.
    mutating func catchUp(version: Int64, values: JSONObject, at instant: Int64, epoch: Int64) -> Sighting {
        caughtUp = (version, instant, epoch)
        return see(version, as: .caughtUp, at: instant, epoch: epoch) { desired in
            desired.allSatisfy { values[$0.key] == $0.value || ($0.value.isNull && values[$0.key] == nil) }
        }
    }

    /// `isWritten` tells whether what the device saw can come from a change that writes its argument.
    private mutating func see(
        _ version: Int64,
        as state: ChangeState,
        at instant: Int64,
        epoch: Int64,
        isWritten: (JSONObject) -> Bool
    ) -> Sighting {
        seenVersion = max(seenVersion, version)
        guard isStarted else {
            hubVersion = max(hubVersion, version)
            return Sighting()
        }
        var sighting = overtake(below: version, at: instant)
        if let first = open.first, entries[first.place].version == version {
            if first.unconfirmed.map(isWritten) ?? true {
                open.removeFirst()
                settle(first.place, as: state, at: instant, epoch: epoch)
                sighting.entry = first.place
            } else {
                // Another writer came between: this version is theirs, and ours is the next.
                shiftPredictions()
                sighting.foreign = 1
            }
        } else if version > hubVersion {
            if let pending, entries[pending.entry].state == nil, isWritten(pending.desired) {
                entries[pending.entry].version = version
                settle(pending.entry, as: state, at: instant, epoch: epoch)
                sighting.entry = pending.entry
                sighting.foreign = Int(clamping: version - expectedVersion)
            } else {
                sighting.foreign = Int(clamping: version - hubVersion)
            }
        }
        hubVersion = max(hubVersion, version)
        return sighting
    }

    /// Moves every predicted version on by one.
    private mutating func shiftPredictions() {
        for change in open where change.unconfirmed != nil { entries[change.place].version += 1 }
        hubVersion += 1
    }

    /// Notes a notification of a version that is not newer than what the device had seen.
    /// - Returns: whether it repeats what the device was told before; false when it came after a later one.
    mutating func repeatNotification(version: Int64) -> Bool {
        guard let place = place(ofVersion: version) else { return true }
        if entries[place].state == .superseded {
            entries[place].isOutOfOrder = true
            return false
        }
        if entries[place].duplicates < .max { entries[place].duplicates += 1 }
        return true
    }

    /// Notes that the device handed its echo to the connection.
    mutating func echo(_ place: Int, at instant: Int64) {
        guard entries.indices.contains(place), entries[place].echoed == 0 else { return }
        entries[place].echoed = instant
    }

    /// Notes that the hub acknowledged a device's echo.
    mutating func acknowledge(_ place: Int, at instant: Int64) {
        guard entries.indices.contains(place), entries[place].acknowledged == 0 else { return }
        entries[place].acknowledged = instant
    }

    /// Ends the books: what is still open is lost.
    mutating func close() {
        pending = nil
        open = []
        for place in entries.indices where entries[place].state == nil { entries[place].state = .lost }
    }

    private mutating func settle(_ place: Int, as state: ChangeState, at instant: Int64, epoch: Int64) {
        entries[place].state = state
        entries[place].delivered = instant
        entries[place].receivedEpoch = epoch
    }

    private mutating func end(_ place: Int, as state: ChangeState, at instant: Int64) {
        entries[place].state = state
        entries[place].ended = instant
    }

    private mutating func overtake(below version: Int64, at instant: Int64) -> Sighting {
        var sighting = Sighting()
        while let first = open.first, entries[first.place].version < version {
            open.removeFirst()
            end(first.place, as: .superseded, at: instant)
            sighting.superseded += 1
        }
        return sighting
    }

    /// Versions rise with the place, but for changes that have none; those at the end are looked at first.
    private func place(ofVersion version: Int64) -> Int? {
        var looked = 0
        for place in entries.indices.reversed() {
            let other = entries[place].version
            if other == version { return place }
            if other != 0, other < version { return nil }
            looked += 1
            if looked > 1000 { return nil }
        }
        return nil
    }
}
