import java.io.FileInputStream;

import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Asks veraPDF whether files are PDF/UA-1: a line "passed" or "failed" each, then its failures. */
public class PdfUa {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            try (FileInputStream stream = new FileInputStream(file);
                    PDFAParser parser =
                            Foundries.defaultInstance().createParser(stream, PDFAFlavour.PDFUA_1);
                    PDFAValidator validator =
                            Foundries.defaultInstance()
                                    .createValidator(PDFAFlavour.PDFUA_1, false)) {
                ValidationResult result = validator.validate(parser);
                System.out.printf(
                        "%s\t%d\t%s%n",
                        result.isCompliant() ? "passed" : "failed",
                        result.getTotalAssertions(),
                        file);
                for (TestAssertion failure : result.getTestAssertions()) {
                    System.out.printf(
                            "clause %s, test %d: %s%n",
                            failure.getRuleId().getClause(),
                            failure.getRuleId().getTestNumber(),
                            failure.getMessage());
                }
            }
        }
    }
}
