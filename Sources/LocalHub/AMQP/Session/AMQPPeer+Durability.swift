import AMQPEngine
import IoTHub

// Answers that tell of writes wait until those are durable. One release covers all that waits on the connection.
extension AMQPPeer {
    /// Makes a release of all that came to wait since the last one.
    /// - Returns: its number, for `open` when all that was written is durable; nil when nothing came to wait.
    func seal() -> Int? {
        guard isReleaseNeeded else { return nil }
        isReleaseNeeded = false
        lastRelease += 1
        return lastRelease
    }

    /// Sends what waited for a release, and for those before.
    ///
    /// When the storage fails, a device that asked for its twin loses its twin links, as it loses its connection over MQTT:
    /// an answer with an error would only be asked for again at once, while clients take their time to attach again.
    /// - Parameters:
    ///   - release: its number.
    ///   - failure: why the writes may be lost; patches are answered with it then.
    ///   - now: the time.
    func open(_ release: Int, _ failure: IoTHubError?, at now: AMQPTime) {
        guard release > openedRelease else { return }
        let freed = openedRelease + 1...release
        openedRelease = release
        for id in holding {
            guard let device = devices[id] else { continue }
            let wantsTwin = device.queue.showsTwin(in: freed)
            settle(device, freed, failure, at: now)
            if let failure, wantsTwin { dropTwin(of: device, AMQPError(failure, at: now.wall)) }
        }
        writeOutcomes()
        for id in holding {
            guard let device = devices[id] else {
                holding.remove(id)
                continue
            }
            if !device.queue.waits(openedRelease), device.settling.isEmpty { holding.remove(id) }
            pump(device)
        }
    }

    private func settle(
        _ device: AMQPDevice,
        _ freed: ClosedRange<Int>,
        _ failure: IoTHubError?,
        at now: AMQPTime
    ) {
        device.queue.update(freed) { item in
            heldBytes -= item.bytes.count
            if let delivery = item.delivery { engine.settle(delivery, .accepted) }
            if let failure, let correlationID = item.correlationID {
                item.bytes = Self.bytes(.failure(failure), correlationID, at: now)
            }
        }
        let settled = device.settling.filter { freed.contains($0.release) }
        device.settling.removeAll { freed.contains($0.release) }
        for (_, delivery) in settled { settleUnanswered(delivery, failure, device, at: now) }
    }
}
