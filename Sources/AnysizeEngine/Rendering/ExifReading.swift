import AnysizeCore
import Vips

/// What a camera wrote about an original, from its header.
struct ExifReading {
    let limits: HeaderLimits
    let watch: Watch

    func run(_ bytes: UnsafeRawBufferPointer) throws(RenderError) -> ExifFields {
        let header: ImageHeader
        do throws(HeaderError) { header = try ImageHeader.read(bytes, limits: limits) } catch {
            throw RenderError(error)
        }
        do throws(VipsError) {
            let image = try Image.load(bytes, as: header.format.loader)
            return image.withExif { ExifFields($0) } ?? ExifFields()
        } catch { throw .reading(error, watch) }
    }
}
