/// A ``Progress`` as one line of text.
enum ProgressLine {
    /// For a terminal: a bar and as many of the words as fit.
    /// - Parameter width: columns of the terminal; the line has fewer, so that it doesn't wrap.
    static func bar(_ progress: Progress, _ pace: ProgressPace, width: Int) -> String {
        var line = ""
        if let share = progress.share {
            let length = 20
            let full = Int((share * Double(length)).rounded(.down))
            line = "[" + String(repeating: "#", count: full) + String(repeating: ".", count: length - full) + "]"
        }
        for word in words(progress, pace) {
            let longer = line.isEmpty ? word : line + "  " + word
            guard longer.count < width else { break }
            line = longer
        }
        return line
    }

    /// For a file: all words.
    static func plain(_ progress: Progress, _ pace: ProgressPace) -> String {
        words(progress, pace).joined(separator: ", ")
    }

    private static func words(_ progress: Progress, _ pace: ProgressPace) -> [String] {
        var words: [String] = []
        if let share = progress.share { words.append("\(Int((share * 100).rounded(.down))) %") }
        let total = progress.total.map { " of \(grouped($0))" } ?? ""
        words.append("\(grouped(progress.done))\(total) \(progress.unit)")
        if let left = pace.remainingSeconds(progress), progress.done > 0, left > 0 {
            words.append("\(duration(left)) left")
        }
        if let rate = pace.countPerSecond { words.append("\(rounded(rate)) \(progress.unit)/s") }
        if let bytes = progress.doneBytes {
            words.append(size(bytes))
            if let rate = pace.bytesPerSecond { words.append("\(rounded(rate / 1_000_000)) MB/s") }
        }
        return words + progress.notes
    }

    /// `1,234,567`.
    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in "\(number)".reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3), digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// `5.2 GB`: in powers of 1000, to two digits or three.
    static func size(_ byteCount: Int) -> String {
        let units = ["bytes", "KB", "MB", "GB", "TB", "PB"]
        var value = Double(byteCount)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(byteCount) bytes" : "\(rounded(value)) \(units[unit])"
    }

    /// `45 s`, `2 min 40 s`, `3 h 5 min`, `2 d 4 h`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 1e9))
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min \(whole % 60) s"
        case ..<86400: "\(whole / 3600) h \(whole % 3600 / 60) min"
        default: "\(whole / 86400) d \(whole % 86400 / 3600) h"
        }
    }

    /// With one decimal below ten, none from there on.
    private static func rounded(_ number: Double) -> String {
        let tenths = (number * 10).rounded() / 10
        return tenths < 10 ? "\(tenths)" : grouped(Int(number.rounded()))
    }
}
