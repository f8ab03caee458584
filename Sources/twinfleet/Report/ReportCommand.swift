import ArgumentParser
import FleetReport
import FleetRunner
import Foundation
import IoTHub

/// `twinfleet report`: finished runs again, one by itself or several side by side.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Prints a finished run again, or compares several.",
        discussion: """
            Of one run it prints the summary and ends with that run's exit code, as 'twinfleet run' did.

            Of several it prints them side by side; the first is the baseline. Marked are differences that exceed noise: \
            each run's driving time is cut into 10 batches of equal length (5 where a batch has too few samples), each \
            figure is taken of every batch, and a difference counts when Welch's interval of the difference of the \
            batches' means (of latencies, of their logarithms) leaves out zero (99 % sure over all figures of a comparison together) and it is at least 2 %. \
            A batch needs 20 samples for a p50, 30 for a p90, 300 for a p99; with fewer there is a question mark. What \
            changes from one run to the next on the same machine is not in the batches: repeat runs to see it.

            Examples:
              twinfleet report runs/demo-20261125T184809Z
              twinfleet report runs/demo-20261125T184809Z --html report.html
              twinfleet report runs/demo-20261125T184809Z --json | jq .latencies
              twinfleet report runs/baseline runs/demo-2026112*
              twinfleet report runs/main runs/branch --html diff.html || echo slower

            Exit codes of one run: its own (0 PASS, 1 FAIL, 2 INVALID, 130 interrupted). Of several: 0 all behind the \
            first passed and none is worse than it by more than noise, 1 one failed or is worse, 2 one is INVALID (the \
            first, too), 130 one was interrupted. Always: 64 usage, 65 not a run, or damaged, 70 internal error, or the \
            page cannot be written.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The folder of a run, or its summary.json; of several the first is the baseline.",
            valueName: "run"
        ),
        completion: .directory
    )
    var runs: [String]

    @Option(help: ArgumentHelp("Also write a self-contained page (HTML) to this file.", valueName: "file"))
    var html: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let code: FleetRunner.ExitCode
        do {
            code = try await runs.count == 1 ? showOne(runs[0]) : compare()
        } catch let error as RunReadingError {
            complain(error.description)
            code = .badFleetFile
        } catch let error as PageError {
            complain(error.description)
            code = .internalError
        } catch let error as CommandError {
            complain(error.message)
            code = .internalError
        }
        throw ArgumentParser.ExitCode(code.rawValue)
    }

    private func showOne(_ path: String) async throws -> FleetRunner.ExitCode {
        let run: StoredRun
        if let html {
            let page = try HTMLReport.text(reading: path)
            run = page.run
            try write(page.text, to: html)
        } else {
            run = try StoredRun.read(path)
        }
        try await print(
            SummaryText.render(run.result, hubUsage: run.hubUsage, style: Terminal.style, columns: Terminal.columns),
            SummaryJSON.document(run.result, hubUsage: run.hubUsage, changeCount: run.changeCount)
        )
        return run.result.exitCode
    }

    private func compare() async throws -> FleetRunner.ExitCode {
        let comparison = try Comparison(reading: runs)
        if let html { try write(ComparisonPage.text(comparison), to: html) }
        try await print(
            ComparisonText.render(comparison, style: Terminal.style, columns: Terminal.columns),
            ComparisonJSON.document(comparison)
        )
        return comparison.exitCode
    }

    private func print(_ text: String, _ document: JSONObject) async throws {
        try await output.print { output in
            try self.output.json ? output.json(.object(document)) : output.text(text)
        }
    }

    private func write(_ text: String, to file: String) throws(PageError) {
        do {
            try RunFolder.write(text, to: file)
        } catch {
            throw PageError(description: "\(file): the page cannot be written: \(RunFolder.reason(error))")
        }
    }
}

/// Why a page was not written.
private struct PageError: Error, CustomStringConvertible {
    let description: String
}
