import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// Reads a twin again and again for one who watches it, and tells when it has changed.
struct TwinWatch: Sendable {
    /// The shortest wait; an edit is noticed after one of these.
    private static let step = Duration.milliseconds(50)
    /// The wait after a reading that failed.
    private static let waitAfterFailure = Duration.seconds(2)

    let hub: PageHub
    let edits: RecentEdits

    /// Watches until its task is cancelled.
    /// - Parameters:
    ///   - device: the device id.
    ///   - send: gets `{"time": …, "twin": …}` or `{"time": …, "twinError": …}`, when it differs from the one before.
    func run(device: String, send: @Sendable (String) -> Void) async {
        var last: JSONObject = [:]
        while !Task.isCancelled {
            var wait: Duration?
            var message: JSONObject
            var pace = HubPace.local
            do {
                let access = try hub.current
                pace = access.pace
                message = ["twin": .object(try await access.manager.getTwin(device).json)]
            } catch {
                if Task.isCancelled { return }
                message = ["twinError": .string(PageFailure(error, device: device).message)]
                wait = max((error as? ServiceClientError)?.retryAfter ?? .zero, max(Self.waitAfterFailure, pace.twin))
            }
            if message != last {
                last = message
                message["device"] = .string(device)
                message["time"] = .integer(HubTimestamp.now().microsecondsSinceEpoch)
                send(message.text)
            }
            await pause(device, pace, wait)
        }
    }

    /// Waits for the next reading; `wait` is for after a failure.
    private func pause(_ device: String, _ pace: HubPace, _ wait: Duration?) async {
        let start = ContinuousClock.now
        repeat {
            // Cancelled, it returns at once.
            try? await Task.sleep(for: Self.step)
            let isFresh = edits.isFresh(device, within: pace.afterEdit)
            let due = wait ?? (isFresh ? pace.twinAfterEdit : pace.twin)
            if ContinuousClock.now - start >= due { return }
        } while !Task.isCancelled
    }
}

/// Which devices were edited here of late.
final class RecentEdits: Sendable {
    private let times = NIOLockedValueBox<[String: ContinuousClock.Instant]>([:])

    /// Takes note of an edit.
    func note(_ device: String) {
        let now = ContinuousClock.now
        times.withLockedValue { times in
            // Those of the day before yesterday are of no use.
            if times.count > 1000 { times.removeAll() }
            times[device] = now
        }
    }

    /// Whether a device was edited that shortly ago.
    func isFresh(_ device: String, within time: Duration) -> Bool {
        times.withLockedValue { $0[device].map { .now - $0 < time } ?? false }
    }
}
