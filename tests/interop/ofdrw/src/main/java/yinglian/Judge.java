package yinglian;

import java.nio.file.Path;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ofdrw.core.signatures.SigType;
import org.ofdrw.gm.ses.parse.SESVersion;
import org.ofdrw.gm.ses.parse.SESVersionHolder;
import org.ofdrw.gm.ses.parse.VersionParser;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.verify.OFDValidator;
import org.ofdrw.sign.verify.SignedDataValidateContainer;
import org.ofdrw.sign.verify.container.GBT35275ValidateContainer;
import org.ofdrw.sign.verify.container.SESV1ValidateContainer;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;

/** Says what ofdrw thinks of documents: {@code Judge FILE…} prints {@code accepted FILE} or {@code refused FILE: why} a line. */
public final class Judge {
    private Judge() {}

    public static void main(String[] arguments) {
        Security.addProvider(new BouncyCastleProvider());
        for (String name : arguments) {
            Path file = Path.of(name);
            try (OFDReader reader = new OFDReader(file); OFDValidator validator = new OFDValidator(reader)) {
                validator.setValidator(new ByContent());
                validator.exeValidate();
                System.out.println("accepted " + file.getFileName());
            } catch (Exception | StackOverflowError refusal) {
                System.out.println("refused " + file.getFileName() + ": " + refusal);
            }
        }
    }

    /** Chooses ofdrw's own container by what the value is. */
    private static final class ByContent implements SignedDataValidateContainer {
        @Override
        public void validate(SigType type, String method, byte[] original, byte[] value) throws java.io.IOException, java.security.GeneralSecurityException {
            if (type == SigType.Sign) {
                new GBT35275ValidateContainer().validate(type, method, original, value);
                return;
            }
            SESVersionHolder holder = VersionParser.parseSES_SignatureVersion(value);
            if (holder.getVersion() == SESVersion.v1) {
                new SESV1ValidateContainer().validate(type, method, original, value);
            } else {
                new SESV4ValidateContainer().validate(type, method, original, value);
            }
        }
    }
}
