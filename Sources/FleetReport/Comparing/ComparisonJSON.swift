import FleetRunner
public import IoTHub

/// A comparison as other programs read it.
public enum ComparisonJSON {
    /// Makes the document, in which names carry their unit and a figure that does not exist is null.
    public static func document(_ comparison: Comparison) -> JSONObject {
        [
            "schema": 1, "same_fleet": .bool(comparison.isSameFleet),
            "exit_code": .integer(Int64(comparison.exitCode.rawValue)),
            "runs": .array(
                comparison.runs.map { run in
                    [
                        "path": .string(run.path), "fleet": .string(run.result.fleetName),
                        "verdict": .string(run.result.verdict.rawValue),
                        "interrupted": .bool(run.result.wasInterrupted),
                        "fleet_fingerprint": .string(run.result.versions.fleetFingerprint),
                        "twinfleet": .string(run.result.versions.twinfleet),
                    ]
                }
            ),
            "figures": .array(
                comparison.figures.map { figure in
                    ["name": .string(figure.key), "runs": .array(figure.cells.map(cell))]
                }
            ),
        ]
    }

    private static func cell(_ cell: ComparedFigure.Cell) -> JSON {
        [
            "value": optional(cell.value), "difference_share": optional(cell.share),
            "interval_low_share": optional(cell.interval?.lowerBound),
            "interval_high_share": optional(cell.interval?.upperBound),
            "judgement": cell.judgement.map { .string($0.rawValue) } ?? .null,
        ]
    }

    private static func optional(_ value: Double?) -> JSON { value.map(JSON.double) ?? .null }
}
