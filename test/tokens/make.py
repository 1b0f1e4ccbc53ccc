"""
Writes the fixtures of tokens.test.ts: small tokenizers trained on a few sentences, in the files that hubs ship (the older ones and
tokenizer.json), and what transformers makes of texts with each: numbers, token types, masks, cut texts, decoded texts.
Run: python test/tokens/make.py (transformers 5, tokenizers). The test needs neither.
"""
import json, os, shutil
os.environ['HF_HUB_OFFLINE'] = '1'
from tokenizers import Tokenizer, models, pre_tokenizers, processors, decoders, trainers, normalizers
from tokenizers.implementations import BertWordPieceTokenizer, ByteLevelBPETokenizer
from transformers import AutoTokenizer

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fixtures')
TEXTS = ['The sea was calm, and the whale rose slowly.', 'A researcher factorises the weight matrices of a language model.',
    'Numbers such as 3.14159 are odd tokens!', 'Die Übertragung läuft über Köln; naïve café.', 'whales rise, seas calm, models sing',
    "Don't stop: it's the captain's own ship.", 'unbelievable untokenizable']
STRANGE = ['', ' ', '  two  spaces\tand\na line', '東京 is 大 city', 'emoji 🙂 and ﬁ ligature', '[MASK] stays <mask> whole', 'x' * 120, 'ÀÉÎ õü']
PAIRS = [(TEXTS[0], TEXTS[1]), (TEXTS[1], ''), ('', TEXTS[2]), (TEXTS[5], STRANGE[3])]


def fresh(name):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def write(folder, name, value):
    with open(os.path.join(folder, name), 'w') as file:
        json.dump(value, file, ensure_ascii=False)


def expect(folder, pairs=True):
    """As transformers reads the folder."""
    t = AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in TEXTS + STRANGE + (PAIRS if pairs else []):
        args = text if isinstance(text, tuple) else (text,)
        # As one row of several: alone, an empty second text is taken for none.
        several = [[part] for part in args]
        ids = t(*several)['input_ids'][0]
        row = dict(text=list(args), ids=ids, decoded=t.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
        if pairs:
            row['part'] = t(*several, return_token_type_ids=True)['token_type_ids'][0]
            row['cut'] = {str(n): t(*several, truncation=True, max_length=n)['input_ids'][0] for n in (4, 9, 12)}
        rows.append(row)
    write(folder, 'expected.json', dict(rows=rows, size=1 + max(t.get_vocab().values())))
    print(folder, len(t), rows[0]['ids'])


words = fresh('words')
w = BertWordPieceTokenizer(lowercase=True)
w.train_from_iterator(TEXTS + STRANGE[3:4], vocab_size=220, min_frequency=1, limit_alphabet=90, show_progress=False)
vocab = sorted(w.get_vocab().items(), key=lambda x: x[1])
with open(os.path.join(words, 'vocab.txt'), 'w') as file:
    file.write(''.join(token + '\n' for token, _ in vocab))
write(words, 'tokenizer_config.json', dict(tokenizer_class='BertTokenizer', do_lower_case=True))
write(words, 'config.json', dict(model_type='bert'))
expect(words)

cased = fresh('cased')
shutil.copy(os.path.join(words, 'vocab.txt'), cased)
write(cased, 'tokenizer_config.json', dict(tokenizer_class='BertTokenizer', do_lower_case=False, strip_accents=False, tokenize_chinese_chars=False))
write(cased, 'config.json', dict(model_type='bert'))
expect(cased)

for name, kind, specials in [('bytes', 'gpt2', ['<|endoftext|>']), ('framed', 'roberta', ['<s>', '<pad>', '</s>', '<unk>', '<mask>'])]:
    folder = fresh(name)
    b = ByteLevelBPETokenizer()
    b.train_from_iterator(TEXTS, vocab_size=330, min_frequency=1, special_tokens=specials, show_progress=False)
    b.save_model(folder)
    config = dict(tokenizer_class={'gpt2': 'GPT2Tokenizer', 'roberta': 'RobertaTokenizer'}[kind])
    if kind == 'gpt2':
        config.update(bos_token='<|endoftext|>', eos_token='<|endoftext|>', unk_token='<|endoftext|>')
    else:
        config.update(bos_token='<s>', eos_token='</s>', cls_token='<s>', sep_token='</s>', pad_token='<pad>', unk_token='<unk>', mask_token='<mask>')
    write(folder, 'tokenizer_config.json', config)
    write(folder, 'config.json', dict(model_type=kind))
    expect(folder, pairs=kind != 'gpt2')

pieces = fresh('pieces')
u = Tokenizer(models.Unigram())
u.normalizer = normalizers.NFKC()
u.pre_tokenizer = pre_tokenizers.Metaspace()
u.decoder = decoders.Metaspace()
u.train_from_iterator(TEXTS, trainers.UnigramTrainer(vocab_size=160, special_tokens=['<pad>', '</s>', '<unk>'], unk_token='<unk>', show_progress=False))
u.post_processor = processors.TemplateProcessing(single='$A </s>', pair='$A </s> $B </s>', special_tokens=[('</s>', u.token_to_id('</s>'))])
u.save(os.path.join(pieces, 'tokenizer.json'))
write(pieces, 'tokenizer_config.json', dict(tokenizer_class='PreTrainedTokenizerFast', eos_token='</s>', pad_token='<pad>', unk_token='<unk>'))
write(pieces, 'config.json', dict(model_type='t5'))
expect(pieces)
