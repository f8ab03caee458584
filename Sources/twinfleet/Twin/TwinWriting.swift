import IoTHub
import ServiceClient

/// A write to one twin, and what it changed.
struct TwinWriting {
    let id: String
    /// The ETag that the twin must have, as people copied it.
    let ifMatch: String?
    let output: OutputOptions
    let backEnd: BackEnd

    /// Carries the write out and prints what is different now.
    ///
    /// The twin is read first to compare with; a change by others in between would be shown as ours.
    /// - Parameters:
    ///   - verb: what is done to the twin, for messages.
    ///   - progress: the progress line that shares the terminal.
    ///   - write: does it, under the ETag if there is one.
    /// - Throws: `CommandError`.
    func run(_ verb: String, _ progress: Progress?, _ write: (ETag?) async throws -> Twin) async throws {
        let before = try await backEnd.twin(id)
        let asked = Asked(
            what: "\(verb) the twin of \"\(id)\"",
            deviceID: id,
            needs: .serviceConnect,
            lookAt: "twinfleet twin show \(id)",
            namesETag: ifMatch != nil
        )
        let etag = ifMatch.map { ETag(rawValue: ETag.unquoted($0)) }
        let after = try await backEnd.ask(asked, currentETag: { try await backEnd.manager.getTwin(id).etag }) {
            try await write(etag)
        }
        try await output.print(progress: progress) { output in
            if self.output.json { return try output.json(.object(after.json)) }
            let lines = TwinDifference(from: before, to: after).lines(Terminal.style)
            try output.line(lines.joined(separator: "\n"))
        }
    }
}
