package yinglian;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.ofdrw.gm.ses.v1.SES_ESPictrueInfo;
import org.ofdrw.gm.ses.v1.SES_Header;
import org.ofdrw.gm.ses.v4.CertInfoList;
import org.ofdrw.gm.ses.v4.SES_CertList;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.ExtendSignatureContainer;
import org.ofdrw.sign.NumberFormatAtomicSignID;
import org.ofdrw.sign.OFDSigner;
import org.ofdrw.sign.SignMode;
import org.ofdrw.sign.signContainer.DigitalSignContainer;
import org.ofdrw.sign.signContainer.GBT35275DSContainer;
import org.ofdrw.sign.signContainer.GBT35275PKCS9DSContainer;
import org.ofdrw.sign.signContainer.SESV1Container;
import org.ofdrw.sign.signContainer.SESV4Container;
import org.ofdrw.sign.stamppos.NormalStampPos;
import org.ofdrw.sign.stamppos.RidingStampPos;
import org.ofdrw.sign.stamppos.Side;

/** Makes sealed and signed documents with fresh keys: {@code Make FOLDER}. The folder gets the documents, root.der, root.crl and signer.der. */
public final class Make {
    private static final ASN1ObjectIdentifier SM2_WITH_SM3 = new ASN1ObjectIdentifier("1.2.156.10197.1.501");
    private static final Date FROM = new Date(System.currentTimeMillis() - 86_400_000L);
    private static final Date UNTIL = new Date(System.currentTimeMillis() + 86_400_000L * 365);
    private static final String NAMESPACE = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

    private Make() {}

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Path folder = Path.of(arguments[0]);
        Files.createDirectories(folder);
        KeyPair root = keys();
        KeyPair maker = keys();
        KeyPair signer = keys();
        X509Certificate rootCert = cert("CN=Test root", root, "CN=Test root", root.getPrivate(), true);
        X509Certificate makerCert = cert("CN=Test maker", maker, "CN=Test root", root.getPrivate(), false);
        X509Certificate signerCert = cert("CN=Test signer", signer, "CN=Test root", root.getPrivate(), false);
        Files.write(folder.resolve("root.der"), rootCert.getEncoded());
        Files.write(folder.resolve("signer.der"), signerCert.getEncoded());
        Files.write(folder.resolve("root.crl"), revocationList(root.getPrivate()));
        Path plain = folder.resolve("plain.ofd");
        Files.write(plain, document());

        var v4 = new SESV4Container(signer.getPrivate(), sealV4(maker.getPrivate(), makerCert, signerCert), signerCert);
        var v1 = new SESV1Container(signer.getPrivate(), sealV1(maker.getPrivate(), makerCert, signerCert), signerCert);
        sign(plain, folder.resolve("v4.ofd"), v4, SignMode.WholeProtected, true);
        sign(plain, folder.resolve("v4_open.ofd"), v4, SignMode.ContinueSign, true);
        sign(folder.resolve("v4_open.ofd"), folder.resolve("v4_twice.ofd"), v4, SignMode.ContinueSign, true);
        sign(plain, folder.resolve("v1.ofd"), v1, SignMode.WholeProtected, true);
        sign(folder.resolve("v4_open.ofd"), folder.resolve("v4_v1.ofd"), v1, SignMode.ContinueSign, true);
        sign(plain, folder.resolve("bare.ofd"), new DigitalSignContainer(signer.getPrivate()), SignMode.WholeProtected, false);
        sign(plain, folder.resolve("signed_data.ofd"), new GBT35275DSContainer(signerCert, signer.getPrivate()), SignMode.WholeProtected, false);
        sign(plain, folder.resolve("signed_attributes.ofd"), new GBT35275PKCS9DSContainer(signerCert, signer.getPrivate()), SignMode.WholeProtected, false);
        Files.delete(plain);
    }

    private static void sign(Path from, Path to, ExtendSignatureContainer container, SignMode mode, boolean stamps) throws Exception {
        try (OFDReader reader = new OFDReader(from); OFDSigner signer = new OFDSigner(reader, to, new NumberFormatAtomicSignID())) {
            signer.setSignMode(mode);
            signer.setSignContainer(container);
            if (stamps) {
                signer.addApPos(new NormalStampPos(1, 50, 50, 40, 40));
                signer.addApPos(new RidingStampPos(Side.Right, 40, 40));
            }
            signer.exeSign();
        }
    }

    private static KeyPair keys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec("sm2p256v1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate cert(String subject, KeyPair keys, String issuer, PrivateKey issuerKey, boolean isCa) throws Exception {
        var builder = new JcaX509v3CertificateBuilder(new X500Name(issuer), new BigInteger(63, new java.security.SecureRandom()), FROM, UNTIL, new X500Name(subject), keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
        int usage = isCa ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature | KeyUsage.nonRepudiation;
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        var holder = builder.build(new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(issuerKey));
        return new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder);
    }

    private static byte[] revocationList(PrivateKey issuerKey) throws Exception {
        var builder = new X509v2CRLBuilder(new X500Name("CN=Test root"), FROM);
        builder.setNextUpdate(UNTIL);
        return builder.build(new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(issuerKey)).getEncoded();
    }

    private static byte[] signature(PrivateKey key, byte[] message) throws Exception {
        Signature signature = Signature.getInstance("SM3withSM2", "BC");
        signature.initSign(key);
        signature.update(message);
        return signature.sign();
    }

    private static SES_ESPictrueInfo picture() {
        byte[] pixel = java.util.Base64.getDecoder().decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==");
        return new SES_ESPictrueInfo(new DERIA5String("png"), new DEROctetString(pixel), new ASN1Integer(40), new ASN1Integer(40));
    }

    private static org.ofdrw.gm.ses.v4.SESeal sealV4(PrivateKey maker, X509Certificate makerCert, X509Certificate signerCert) throws Exception {
        var certs = new CertInfoList(new ASN1OctetString[] {new DEROctetString(signerCert.getEncoded())});
        var property = new org.ofdrw.gm.ses.v4.SES_ESPropertyInfo(new ASN1Integer(1), new DERUTF8String("测试单位公章"), new ASN1Integer(1),
            new SES_CertList(certs), new ASN1GeneralizedTime(FROM), new ASN1GeneralizedTime(FROM), new ASN1GeneralizedTime(UNTIL));
        var info = new org.ofdrw.gm.ses.v4.SES_SealInfo(new SES_Header(new ASN1Integer(4), new DERIA5String("TEST")),
            new DERIA5String("41040000000001"), property, picture(), null);
        return new org.ofdrw.gm.ses.v4.SESeal(info, new DEROctetString(makerCert.getEncoded()), SM2_WITH_SM3,
            new DERBitString(signature(maker, info.getEncoded("DER"))));
    }

    private static org.ofdrw.gm.ses.v1.SESeal sealV1(PrivateKey maker, X509Certificate makerCert, X509Certificate signerCert) throws Exception {
        var property = new org.ofdrw.gm.ses.v1.SES_ESPropertyInfo(new ASN1Integer(1), new DERUTF8String("测试单位公章"),
            new DERSequence(new DEROctetString(signerCert.getEncoded())), new ASN1UTCTime(FROM), new ASN1UTCTime(FROM), new ASN1UTCTime(UNTIL));
        var info = new org.ofdrw.gm.ses.v1.SES_SealInfo(new SES_Header(new ASN1Integer(1), new DERIA5String("TEST")),
            new DERIA5String("41040000000002"), property, picture(), null);
        var cert = new DEROctetString(makerCert.getEncoded());
        var original = new DERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {info, cert, SM2_WITH_SM3});
        return new org.ofdrw.gm.ses.v1.SESeal(info,
            new org.ofdrw.gm.ses.v1.SES_SignInfo(cert, SM2_WITH_SM3, new DERBitString(signature(maker, original.getEncoded("DER")))));
    }

    /** Two pages with a line each. */
    private static byte[] document() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            entry(zip, "OFD.xml", "<ofd:OFD " + NAMESPACE + " Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo><ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID>"
                + "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>");
            entry(zip, "Doc_0/Document.xml", "<ofd:Document " + NAMESPACE + "><ofd:CommonData><ofd:MaxUnitID>10</ofd:MaxUnitID><ofd:PageArea>"
                + "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"Pages/Page_0/Content.xml\"/>"
                + "<ofd:Page ID=\"2\" BaseLoc=\"Pages/Page_1/Content.xml\"/></ofd:Pages></ofd:Document>");
            for (int page = 0; page < 2; page++) {
                int id = 3 + page * 2;
                entry(zip, "Doc_0/Pages/Page_" + page + "/Content.xml", "<ofd:Page " + NAMESPACE + "><ofd:Content><ofd:Layer ID=\"" + id + "\">"
                    + "<ofd:PathObject ID=\"" + (id + 1) + "\" Boundary=\"10 10 100 1\"><ofd:AbbreviatedData>M 0 0 L 100 0</ofd:AbbreviatedData></ofd:PathObject></ofd:Layer></ofd:Content></ofd:Page>");
            }
        }
        return bytes.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, String xml) throws Exception {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }
}
