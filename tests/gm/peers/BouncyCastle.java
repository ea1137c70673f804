// Answers questions about SM2, SM3 and SM4 with BouncyCastle; src/peers/pipe.rs says what the lines are.

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.util.HexFormat;
import org.bouncycastle.asn1.gm.GMNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class BouncyCastle {
    static final X9ECParameters CURVE = GMNamedCurves.getByName("sm2p256v1");
    static final ECDomainParameters DOMAIN =
        new ECDomainParameters(CURVE.getCurve(), CURVE.getG(), CURVE.getN(), CURVE.getH());

    /** A digest whose last word is chosen: it puts e in the place of SM3(ZA || M). */
    static final class Chosen implements Digest {
        private final byte[] digest;

        Chosen(byte[] digest) { this.digest = digest; }

        public String getAlgorithmName() { return "chosen"; }

        public int getDigestSize() { return 32; }

        public void update(byte in) { }

        public void update(byte[] in, int offset, int length) { }

        public int doFinal(byte[] out, int offset) {
            System.arraycopy(digest, 0, out, offset, 32);
            return 32;
        }

        public void reset() { }
    }

    static byte[] bytes(String text) {
        return text.equals("-") ? new byte[0] : HexFormat.of().parseHex(text);
    }

    static String text(byte[] bytes) {
        return bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes);
    }

    static String verify(String[] words) {
        ECPublicKeyParameters key;
        try {
            key = new ECPublicKeyParameters(CURVE.getCurve().decodePoint(bytes(words[1])), DOMAIN);
        } catch (IllegalArgumentException refused) {
            return "invalid";
        }
        byte[] signature = bytes(words[6]);
        boolean raw = words[5].equals("raw");
        boolean chosen = words[3].equals("d");
        var encoding = raw ? PlainDSAEncoding.INSTANCE : StandardDSAEncoding.INSTANCE;
        SM2Signer signer = new SM2Signer(encoding, chosen ? new Chosen(bytes(words[4])) : new SM3Digest());
        byte[] identity = bytes(words[2]);
        if (identity.length >= 8192) {
            return "invalid";
        }
        signer.init(false, new ParametersWithID(key, identity));
        if (!chosen) {
            byte[] message = bytes(words[4]);
            signer.update(message, 0, message.length);
        }
        return signer.verifySignature(signature) ? "valid" : "invalid";
    }

    static String sign(String[] words) throws CryptoException {
        ECPrivateKeyParameters key = new ECPrivateKeyParameters(new BigInteger(1, bytes(words[1])), DOMAIN);
        SM2Signer signer = new SM2Signer(PlainDSAEncoding.INSTANCE, new SM3Digest());
        signer.init(true, new ParametersWithID(key, bytes(words[3])));
        byte[] message = bytes(words[4]);
        signer.update(message, 0, message.length);
        return text(signer.generateSignature());
    }

    static String sm3(byte[] message) {
        SM3Digest digest = new SM3Digest();
        digest.update(message, 0, message.length);
        byte[] out = new byte[32];
        digest.doFinal(out, 0);
        return text(out);
    }

    /** SM4-GCM with a tag of 16 bytes after the ciphertext: key, nonce, associated data, plaintext. */
    static String gcm(String[] words) throws CryptoException {
        var cipher = GCMBlockCipher.newInstance(new SM4Engine());
        cipher.init(true, new AEADParameters(new KeyParameter(bytes(words[1])), 128, bytes(words[2]), bytes(words[3])));
        byte[] plain = bytes(words[4]);
        byte[] out = new byte[cipher.getOutputSize(plain.length)];
        int written = cipher.processBytes(plain, 0, plain.length, out, 0);
        cipher.doFinal(out, written);
        return text(out);
    }

    static String answer(String[] words) throws CryptoException {
        switch (words[0]) {
            case "verify": return verify(words);
            case "sign": return sign(words);
            case "sm3": return sm3(bytes(words[1]));
            case "gcm": return gcm(words);
            default: return "cannot";
        }
    }

    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in));
        var out = new PrintStream(System.out, false);
        out.println("BouncyCastle " + new BouncyCastleProvider().getVersionStr());
        out.flush();
        for (String line; (line = in.readLine()) != null; ) {
            String answer;
            try {
                answer = answer(line.split(" "));
            } catch (Exception failure) {
                answer = "fault " + failure.getClass().getSimpleName();
            }
            out.println(answer);
            // Whoever asks one question waits for its answer.
            if (!in.ready()) {
                out.flush();
            }
        }
        out.flush();
    }
}
