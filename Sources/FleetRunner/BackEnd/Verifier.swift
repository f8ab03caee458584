import Fleet
import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// Compares the hub's twins with what the devices must have echoed.
struct Verifier: Sendable {
    /// What came of it.
    struct Outcome: Sendable {
        var verified = 0
        var mismatches: [Mismatch] = []
        /// The desired `$version` of each compared device and the hub's `$lastUpdated` of it in µs since 1970 UTC.
        var lastUpdated: [Int: (version: Int64, epoch: Int64)] = [:]
    }

    /// A device whose last change was echoed and acknowledged.
    struct Subject: Sendable {
        /// Its place in the fleet.
        var device: Int
        /// The names of the desired properties that it was told of.
        var keys: Set<String>
    }

    let manager: RegistryManager
    let fleet: Fleet
    let limits: HubLimits
    let configuration: RunConfiguration

    /// Reads the twins of devices and compares them.
    /// - Parameters:
    ///   - subjects: the devices; of very many, a sample is taken.
    ///   - progress: called after each with the number compared and the number that differ.
    /// - Returns: what differs, and the hub's time stamps.
    func verify(
        _ subjects: [Subject],
        progress: @escaping @Sendable (_ done: Int, _ different: Int) -> Void
    ) async -> Outcome {
        let book = NIOLockedValueBox(Outcome())
        await forEach(
            sample(subjects),
            atOnce: configuration.maximumRequests,
            perSecond: limits.twinReadsPerSecond
        ) { subject in
            let id = fleet.devices[subject.device].id
            do {
                let twin = try await manager.getTwin(id)
                let found = Self.differences(in: twin, keys: subject.keys)
                book.withLockedValue { outcome in
                    outcome.verified += 1
                    outcome.mismatches += found
                    if let version = twin.properties.desired.version, let time = twin.properties.desired.lastUpdated {
                        outcome.lastUpdated[subject.device] = (version, time.microsecondsSinceEpoch)
                    }
                }
            } catch {
                guard !Task.isCancelled else { return }
                let reason = (error as? ServiceClientError)?.shortReason ?? "\(error)"
                book.withLockedValue {
                    $0.mismatches.append(
                        Mismatch(deviceID: id, path: "", desired: "a twin", reported: "not readable: \(reason)")
                    )
                }
            }
            let (done, different) = book.withLockedValue { ($0.verified, $0.mismatches.count) }
            progress(done, different)
        }
        return book.withLockedValue { outcome in
            outcome.mismatches.sort { ($0.deviceID, $0.path) < ($1.deviceID, $1.path) }
            return outcome
        }
    }

    private func sample(_ subjects: [Subject]) -> [Subject] {
        guard subjects.count > configuration.verifyLimit else { return subjects }
        var generator = SplitMix64(seed: fleet.seed, stream: 3)
        return Array(subjects.shuffled(using: &generator).prefix(configuration.verifyLimit))
    }

    /// Echoed properties whose reported value is another one than the desired one.
    static func differences(in twin: Twin, keys: Set<String>) -> [Mismatch] {
        var found: [Mismatch] = []
        for key in keys.sorted() {
            let reported = twin.properties.reported[key]
            if let desired = twin.properties.desired[key] {
                compare(desired, reported, key, twin.deviceID, &found)
            } else if let reported {
                found.append(
                    Mismatch(deviceID: twin.deviceID, path: key, desired: "nothing", reported: reported.text)
                )
            }
        }
        return found
    }

    private static func compare(
        _ desired: JSON,
        _ reported: JSON?,
        _ path: String,
        _ id: String,
        _ found: inout [Mismatch]
    ) {
        if case .object(let members) = desired, case .object? = reported {
            for (key, value) in members { compare(value, reported?[key], "\(path).\(key)", id, &found) }
            return
        }
        guard desired != reported else { return }
        found.append(
            Mismatch(deviceID: id, path: path, desired: desired.text, reported: reported?.text ?? "nothing")
        )
    }
}
