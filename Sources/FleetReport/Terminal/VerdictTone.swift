import FleetRunner

extension RunResult {
    /// What the verdict's colour means on a terminal; a run that was cut short proves little, whatever it says.
    var tone: Style.Tone {
        switch verdict {
        case .pass: wasInterrupted ? .doubtful : .good
        case .fail: .bad
        case .invalid: .doubtful
        }
    }
}
