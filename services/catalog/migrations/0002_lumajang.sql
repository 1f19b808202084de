SET lock_timeout = '5s';

-- Kepmendagri 300.2.2-2430/2025: the regency and its 21 kecamatan, with a centroid and one postcode each.
INSERT INTO region (code, name, level, parent_code, postcode, lat, lng) VALUES
    ('35.08', 'Lumajang', 'KABUPATEN', NULL, NULL, NULL, NULL),
    ('35.08.01', 'Tempursari', 'KECAMATAN', '35.08', '67375', -8.28553, 112.97496),
    ('35.08.02', 'Pronojiwo', 'KECAMATAN', '35.08', '67374', -8.18829, 112.95801),
    ('35.08.03', 'Candipuro', 'KECAMATAN', '35.08', '67373', -8.17437, 113.05175),
    ('35.08.04', 'Pasirian', 'KECAMATAN', '35.08', '67372', -8.24517, 113.10293),
    ('35.08.05', 'Tempeh', 'KECAMATAN', '35.08', '67371', -8.21398, 113.17852),
    ('35.08.06', 'Kunir', 'KECAMATAN', '35.08', '67383', -8.22325, 113.2299),
    ('35.08.07', 'Yosowilangun', 'KECAMATAN', '35.08', '67382', -8.25578, 113.28276),
    ('35.08.08', 'Rowokangkung', 'KECAMATAN', '35.08', '67359', -8.17832, 113.31982),
    ('35.08.09', 'Tekung', 'KECAMATAN', '35.08', '67381', -8.17781, 113.2585),
    ('35.08.10', 'Lumajang', 'KECAMATAN', '35.08', '67311', -8.13433, 113.23503),
    ('35.08.11', 'Pasrujambe', 'KECAMATAN', '35.08', '67361', -8.09137, 113.00468),
    ('35.08.12', 'Senduro', 'KECAMATAN', '35.08', '67362', -8.03672, 113.03777),
    ('35.08.13', 'Gucialit', 'KECAMATAN', '35.08', '67353', -8.02459, 113.13904),
    ('35.08.14', 'Padang', 'KECAMATAN', '35.08', '67352', -8.09292, 113.1754),
    ('35.08.15', 'Sukodono', 'KECAMATAN', '35.08', '67351', -8.1059, 113.23625),
    ('35.08.16', 'Kedungjajang', 'KECAMATAN', '35.08', '67358', -8.03961, 113.22466),
    ('35.08.17', 'Jatiroto', 'KECAMATAN', '35.08', '67355', -8.12827, 113.33139),
    ('35.08.18', 'Randuagung', 'KECAMATAN', '35.08', '67354', -8.0575, 113.31694),
    ('35.08.19', 'Klakah', 'KECAMATAN', '35.08', '67356', -7.99797, 113.2571),
    ('35.08.20', 'Ranuyoso', 'KECAMATAN', '35.08', '67357', -7.94831, 113.26272),
    ('35.08.21', 'Sumbersuko', 'KECAMATAN', '35.08', '67316', -8.15216, 113.18586);
